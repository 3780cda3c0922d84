// An API that trusts the provider's access tokens, on ASP.NET Core's own JwtBearer. What it needs to know is the issuer and its own name, the audience;
// keys and everything else are read from the provider's discovery document and followed when they change.
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
var authority = new Uri(settings["Oidc:Authority"] ?? "http://localhost:5000");
var audience = settings["Oidc:Audience"] ?? "api";
if (string.IsNullOrEmpty(settings["urls"]))
    builder.WebHost.UseUrls("http://localhost:5002");

builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
{
    options.Authority = authority.OriginalString;
    options.RequireHttpsMetadata = !authority.IsLoopback;
    options.Audience = audience;
    options.MapInboundClaims = false;
    // An ID token is signed by the same issuer and must not pass for an access token (RFC 9068 section 4).
    options.TokenValidationParameters.ValidTypes = ["at+jwt"];
    options.TokenValidationParameters.ValidAlgorithms = ["ES256"];
});
builder.Services.AddAuthorizationBuilder()
    .AddPolicy("api", policy => policy.RequireAuthenticatedUser().RequireAssertion(context => Scopes(context.User).Contains("api")));
builder.Services.AddProblemDetails();

var app = builder.Build();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();

app.MapGet("/", () => new
{
    what = "Sample API. GET /hello with an access token tells you who you are.",
    issuer = authority.OriginalString,
    audience,
    scope = "api",
});
app.MapGet("/hello", (ClaimsPrincipal caller) => new
{
    hello = caller.FindFirstValue("sub"),
    client = caller.FindFirstValue("client_id"),
    scopes = Scopes(caller),
    expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(caller.FindFirstValue("exp")!, System.Globalization.CultureInfo.InvariantCulture)),
}).RequireAuthorization("api");

app.Run();

// One claim with spaces between the scopes (RFC 9068 section 2.2.3).
static string[] Scopes(ClaimsPrincipal caller) => [.. caller.FindAll("scope").SelectMany(claim => claim.Value.Split(' '))];
