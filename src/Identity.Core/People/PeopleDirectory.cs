using System.Globalization;
using System.Runtime.ExceptionServices;
using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Microsoft.EntityFrameworkCore;

namespace Identity.Core.People;

/// <summary>The state of the listed accounts.</summary>
public enum PersonState
{
    Any,
    Active,
    Locked,
    Deactivated,
    Unverified,
}

/// <summary>Filters for people.</summary>
/// <param name="Text">The beginning of an address or a name, or an id; null for everybody.</param>
/// <param name="RoleId">Only those who hold this role directly.</param>
/// <param name="NotSeenSince">Only those whose last sign-in is older, ordered by it.</param>
public sealed record PersonFilter(
    string? Text = null,
    PersonState State = PersonState.Any,
    Guid? RoleId = null,
    DateTimeOffset? NotSeenSince = null
);

/// <summary>A person in a list.</summary>
public sealed record PersonSummary(
    Guid Id,
    string Email,
    string? Name,
    bool EmailVerified,
    bool TwoFactorEnabled,
    bool IsDisabled,
    bool IsLocked,
    DateTimeOffset? LastLoginAt,
    DateTimeOffset CreatedAt
);

/// <summary>A page of people.</summary>
/// <param name="Next">The position of the next page; null at the end.</param>
public sealed record PeoplePage(IReadOnlyList<PersonSummary> People, string? Next);

/// <summary>Finds people. Every order has an index and keyset pagination: the last page costs as much as the
/// first.</summary>
public sealed class PeopleDirectory(IdentityDbContext context, TimeProvider time)
{
    /// <summary>The maximum page size.</summary>
    public const int MaxPage = 200;

    // The last code point: nothing that begins with a text sorts behind the text with this appended.
    private const string End = "\U0010FFFF";

    /// <summary>A page of the people who match the filter: for a text, matches of the address first and then of the
    /// name; otherwise the longest unseen or the newest first.</summary>
    /// <param name="after">The end of the previous page (<see cref="PeoplePage.Next"/>); any other value starts at the
    /// beginning.</param>
    /// <param name="count">1 to <see cref="MaxPage"/>.</param>
    public async Task<AdminOutcome<PeoplePage>> SearchAsync(
        Operator actor,
        PersonFilter filter,
        string? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.UserList) is { } refused)
            return refused;
        var take = Math.Clamp(count, 1, MaxPage);
        List<Found> found;
        try
        {
            found = await FindAsync(filter, PersonPlace.Read(after), take + 1, cancellationToken);
        }
        catch (InvalidOperationException wrapped)
            when (wrapped.InnerException is Exception outage && DatabaseOutage.Includes(outage))
        {
            // EF Core wraps an outage; callers that handle it expect the inner exception.
            ExceptionDispatchInfo.Throw(outage);
            throw;
        }
        var next = found.Count > take ? found[take - 1].Place.Write() : null;
        return new PeoplePage([.. found.Take(take).Select(static row => row.Person)], next);
    }

    private Task<List<Found>> FindAsync(
        PersonFilter filter,
        PersonPlace? after,
        int take,
        CancellationToken cancellationToken
    )
    {
        var people = Filtered(filter);
        if (filter.Text?.Trim() is { Length: > 0 } text)
            return Guid.TryParse(text, out var id)
                ? ToListAsync(people.Where(user => user.Id == id).Take(1), "i", static _ => "", cancellationToken)
                : ByTextAsync(people, ToLowerAscii(text), after, take, cancellationToken);
        return filter.NotSeenSince is { } since
            ? ByLastSeenAsync(people, since, after, take, cancellationToken)
            : ByAgeAsync(people, after, take, cancellationToken);
    }

    private IQueryable<UserRow> Filtered(PersonFilter filter)
    {
        var now = time.GetUtcNow();
        var people = context.Users.AsNoTracking().Where(static user => user.DeletedAt == null);
        people = filter.State switch
        {
            PersonState.Active => people.Where(user =>
                !user.IsDisabled && (user.OperatorLockedUntil == null || user.OperatorLockedUntil <= now)
            ),
            PersonState.Locked => people.Where(user => user.OperatorLockedUntil > now || user.AccountLockedUntil > now),
            PersonState.Deactivated => people.Where(static user => user.IsDisabled),
            PersonState.Unverified => people.Where(static user => !user.EmailVerified),
            _ => people,
        };
        if (filter.RoleId is { } role)
        {
            var holders = context.Database.SqlQuery<Guid>(
                $"SELECT user_id AS \"Value\" FROM idp.user_roles WHERE role_id = {role}"
            );
            people = people.Where(user => holders.Contains(user.Id));
        }
        return people;
    }

    private async Task<List<Found>> ByTextAsync(
        IQueryable<UserRow> people,
        string text,
        PersonPlace? after,
        int take,
        CancellationToken cancellationToken
    )
    {
        List<Found> found = [];
        var end = text + End;
        if (after is null or { Order: "e" })
        {
            var from = after?.Key ?? "";
            found = await ToListAsync(
                people
                    .Where(user =>
                        string.Compare(EF.Functions.Collate(user.Email, "C").ToLower(), text) >= 0
                        && string.Compare(EF.Functions.Collate(user.Email, "C").ToLower(), end) < 0
                        && string.Compare(EF.Functions.Collate(user.Email, "C").ToLower(), from) > 0
                    )
                    .OrderBy(static user => EF.Functions.Collate(user.Email, "C").ToLower())
                    .Take(take),
                "e",
                static user => ToLowerAscii(user.Email),
                cancellationToken
            );
            after = null;
        }
        if (found.Count == take)
            return found;
        var (name, id) = (after?.Key ?? "", after?.Id ?? Guid.Empty);
        found.AddRange(
            await ToListAsync(
                people
                    .Where(user =>
                        string.Compare(EF.Functions.Collate(user.Name!, "C").ToLower(), text) >= 0
                        && string.Compare(EF.Functions.Collate(user.Name!, "C").ToLower(), end) < 0
                        && string.Compare(EF.Functions.Collate(user.Name!, "C").ToLower(), name) >= 0
                        && (string.Compare(EF.Functions.Collate(user.Name!, "C").ToLower(), name) > 0 || user.Id > id)
                        && (
                            string.Compare(EF.Functions.Collate(user.Email, "C").ToLower(), text) < 0
                            || string.Compare(EF.Functions.Collate(user.Email, "C").ToLower(), end) >= 0
                        )
                    )
                    .OrderBy(static user => EF.Functions.Collate(user.Name!, "C").ToLower())
                    .ThenBy(static user => user.Id)
                    .Take(take - found.Count),
                "n",
                static user => ToLowerAscii(user.Name ?? ""),
                cancellationToken
            )
        );
        return found;
    }

    private Task<List<Found>> ByLastSeenAsync(
        IQueryable<UserRow> people,
        DateTimeOffset since,
        PersonPlace? after,
        int take,
        CancellationToken cancellationToken
    )
    {
        people = people.Where(user => user.LastLoginAt < since);
        if (after is { Order: "s" } place && place.Moment is { } moment)
            people = people.Where(user =>
                user.LastLoginAt <= moment && (user.LastLoginAt < moment || user.Id > place.Id)
            );
        return ToListAsync(
            people.OrderByDescending(static user => user.LastLoginAt).ThenBy(static user => user.Id).Take(take),
            "s",
            static user => PersonPlace.KeyOf(user.LastLoginAt!.Value),
            cancellationToken
        );
    }

    private Task<List<Found>> ByAgeAsync(
        IQueryable<UserRow> people,
        PersonPlace? after,
        int take,
        CancellationToken cancellationToken
    )
    {
        if (after is { Order: "c" } place && place.Moment is { } moment)
            people = people.Where(user => user.CreatedAt <= moment && (user.CreatedAt < moment || user.Id > place.Id));
        return ToListAsync(
            people.OrderByDescending(static user => user.CreatedAt).ThenBy(static user => user.Id).Take(take),
            "c",
            static user => PersonPlace.KeyOf(user.CreatedAt),
            cancellationToken
        );
    }

    private async Task<List<Found>> ToListAsync(
        IQueryable<UserRow> people,
        string order,
        Func<PersonSummary, string> key,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var rows = await people
            .Select(user => new PersonSummary(
                user.Id,
                user.Email,
                user.Name,
                user.EmailVerified,
                user.TwoFactorEnabled,
                user.IsDisabled,
                user.OperatorLockedUntil > now || user.AccountLockedUntil > now,
                user.LastLoginAt,
                user.CreatedAt
            ))
            .ToListAsync(cancellationToken);
        return [.. rows.Select(row => new Found(row, new(order, key(row), row.Id)))];
    }

    // lower() under collation C folds only ASCII letters.
    private static string ToLowerAscii(string text) =>
        string.Create(
            text.Length,
            text,
            static (span, from) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = from[i] is >= 'A' and <= 'Z' ? (char)(from[i] | 0x20) : from[i];
            }
        );

    private sealed record Found(PersonSummary Person, PersonPlace Place);
}

/// <summary>A position in a list of people, as used in links: untrusted input.</summary>
internal sealed record PersonPlace(string Order, string Key, Guid Id)
{
    /// <summary>The key as a moment, for orders by time.</summary>
    public DateTimeOffset? Moment =>
        long.TryParse(Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds >= (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        && microseconds <= (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            ? DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            : null;

    /// <summary>Microseconds, the precision of the database.</summary>
    public static string KeyOf(DateTimeOffset moment) =>
        ((moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(
            CultureInfo.InvariantCulture
        );

    public string Write() => $"{Order}.{Id:N}.{Key}";

    public static PersonPlace? Read(string? text) =>
        text is { Length: <= 600 }
        && text.Split('.', 3) is [("e" or "n" or "s" or "c") and var order, { Length: 32 } id, var key]
        && Guid.TryParseExact(id, "N", out var row)
        && UntrustedText.IsText(key)
            ? new(order, key, row)
            : null;
}
