using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Core.Data;

/// <summary> The six tables and two views of the public contract, mapped for queries outside the hot paths. It never
/// migrates: the contract is the SQL in <c>db/migrations</c>, and a test compares every column here with a migrated
/// database. Schema idp is accessed with SQL only.
/// </summary>
public sealed class IdentityDbContext(DbContextOptions<IdentityDbContext> options) : DbContext(options)
{
    /// <summary>Accounts, including deleted ones.</summary>
    public DbSet<UserRow> Users => Set<UserRow>();

    /// <summary>One row per device that is or was signed in.</summary>
    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    /// <summary>Tokens of forgotten passwords.</summary>
    public DbSet<PasswordResetTokenRow> PasswordResetTokens => Set<PasswordResetTokenRow>();

    /// <summary>Tokens that prove an address.</summary>
    public DbSet<EmailVerificationTokenRow> EmailVerificationTokens => Set<EmailVerificationTokenRow>();

    /// <summary>Security events. The application's role may only insert and read rows.</summary>
    public DbSet<AuditLogRow> AuditLogs => Set<AuditLogRow>();

    /// <summary>Refresh tokens of every generation.</summary>
    public DbSet<RefreshTokenRow> RefreshTokens => Set<RefreshTokenRow>();

    /// <summary>Sessions that are valid now, with their users.</summary>
    public DbSet<ActiveSessionRow> ActiveSessions => Set<ActiveSessionRow>();

    /// <summary>One row per user: lock, second factor, sessions, last event.</summary>
    public DbSet<UserSecurityStatusRow> UserSecurityStatus => Set<UserSecurityStatusRow>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        Table<UserRow>(modelBuilder, "users").Property(static row => row.Address).HasColumnType("jsonb");
        modelBuilder.Entity<UserRow>().Property(static row => row.UpdatedAt).ValueGeneratedOnAddOrUpdate();
        Table<SessionRow>(modelBuilder, "sessions")
            .HasOne<UserRow>()
            .WithMany()
            .HasForeignKey(static row => row.UserId);
        Table<PasswordResetTokenRow>(modelBuilder, "password_reset_tokens")
            .HasOne<UserRow>()
            .WithMany()
            .HasForeignKey(static row => row.UserId);
        Table<EmailVerificationTokenRow>(modelBuilder, "email_verification_tokens")
            .HasOne<UserRow>()
            .WithMany()
            .HasForeignKey(static row => row.UserId);
        var audit = Table<AuditLogRow>(modelBuilder, "audit_logs");
        audit.HasKey(static row => new { row.Id, row.CreatedAt });
        audit.Property(static row => row.Details).HasColumnType("jsonb");
        Table<RefreshTokenRow>(modelBuilder, "refresh_tokens")
            .HasOne<SessionRow>()
            .WithMany()
            .HasForeignKey(static row => row.SessionId);
        modelBuilder.Entity<ActiveSessionRow>().ToView("active_sessions", "public").HasKey(static row => row.SessionId);
        modelBuilder
            .Entity<UserSecurityStatusRow>()
            .ToView("user_security_status", "public")
            .HasKey(static row => row.UserId);

        foreach (
            var property in modelBuilder.Model.GetEntityTypes().SelectMany(static entity => entity.GetProperties())
        )
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static EntityTypeBuilder<T> Table<T>(ModelBuilder modelBuilder, string name)
        where T : class => modelBuilder.Entity<T>().ToTable(name, "public");

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
