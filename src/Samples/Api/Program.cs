// An API that trusts the provider's access tokens, on ASP.NET Core's own JwtBearer. What it needs to know is the issuer
// and its own name, the audience;
// keys and everything else are read from the provider's discovery document and followed when they change.
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Samples.Api;
using Samples.Api.Dpop;
using Samples.Api.StepUp;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
var authority = new Uri(settings["Oidc:Authority"] ?? "http://localhost:5000");
var audience = settings["Oidc:Audience"] ?? "api";
if (string.IsNullOrEmpty(settings["urls"]))
    builder.WebHost.UseUrls("http://localhost:5002");

// Its address as clients know it. Whatever proofs must name and metadata says is made from it, never from what a
// request says of its host.
var address = new Uri(settings["Api:Resource"] ?? settings["urls"]?.Split(';')[0] ?? "http://localhost:5002");
DpopResource resource = new(
    address,
    settings.GetValue("Api:RequireDpop", false),
    new Uri(address, ProtectedResourceMetadata.Path)
);
StepUpRequirement stepUp = new(
    (settings["Api:StepUpAcrValues"] ?? "aal2").Split(' ', StringSplitOptions.RemoveEmptyEntries),
    TimeSpan.FromSeconds(settings.GetValue("Api:StepUpMaxAge", 300))
);

builder.Services.AddDpop(resource, settings.GetValue("Api:DpopNonce", false));
builder
    .Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
    .AddJwtBearer(options =>
    {
        options.Authority = authority.OriginalString;
        options.RequireHttpsMetadata = !authority.IsLoopback;
        options.TokenValidationParameters.ValidAudiences = [audience, resource.Name];
        options.MapInboundClaims = false;
        // An ID token is signed by the same issuer and must not pass for an access token (RFC 9068 section 4).
        options.TokenValidationParameters.ValidTypes = ["at+jwt"];
        options.TokenValidationParameters.ValidAlgorithms = ["ES256"];
        options.AcceptDpop();
    });
builder
    .Services.AddAuthorizationBuilder()
    .AddPolicy(
        "api",
        policy => policy.RequireAuthenticatedUser().RequireAssertion(context => Scopes(context.User).Contains("api"))
    );
builder.Services.AddProblemDetails();

var app = builder.Build();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();

app.MapGet(
    "/",
    () =>
        new
        {
            what = "Sample API. GET /hello with an access token tells you who you are; GET /vault asks for a second factor and a recent sign-in.",
            issuer = authority.OriginalString,
            audience,
            scope = "api",
            metadata = resource.ResourceMetadata,
        }
);
app.MapProtectedResourceMetadata(resource, authority);
app.MapGet(
        "/hello",
        (ClaimsPrincipal caller) =>
            new
            {
                hello = caller.FindFirstValue("sub"),
                client = caller.FindFirstValue("client_id"),
                scopes = Scopes(caller),
                expires = Time(caller, "exp"),
            }
    )
    .RequireAuthorization("api");
app.MapGet(
        "/vault",
        (ClaimsPrincipal caller) =>
            new
            {
                treasure = "Only who signed in well and lately sees this.",
                signed_in = Time(caller, "auth_time"),
                how = caller.FindFirstValue("acr"),
            }
    )
    .RequireAuthorization("api")
    .RequireStepUp(stepUp);

app.Run();

// One claim with spaces between the scopes (RFC 9068 section 2.2.3).
static string[] Scopes(ClaimsPrincipal caller) =>
    [.. caller.FindAll("scope").SelectMany(claim => claim.Value.Split(' '))];

static DateTimeOffset Time(ClaimsPrincipal caller, string claim) =>
    DateTimeOffset.FromUnixTimeSeconds(long.Parse(caller.FindFirstValue(claim)!, CultureInfo.InvariantCulture));
