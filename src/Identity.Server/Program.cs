using Identity.Core.Data;
using Identity.Server.Hosting;

var builder = WebApplication.CreateBuilder(args);
var connection = PostgresConnectionString.ForApplication(name => builder.Configuration[name])
    ?? throw new InvalidOperationException("No connection string: set ConnectionStrings:Identity or POSTGRES_URL.");
builder.AddIdentity(connection);
var app = builder.Build();
app.UseIdentity();
app.Run();

/// <summary>The host. Public only so that the tests' WebApplicationFactory can name it.</summary>
public partial class Program;
