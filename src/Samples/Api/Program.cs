// An API that trusts the provider's access tokens, on ASP.NET Core's own JwtBearer. It needs only the issuer and its
// own name, the audience; keys and everything else come from the provider's discovery document, including later
// changes.
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

// Its address as clients know it. The URI of proofs and the metadata are derived from it, never from the Host header of
// a request.
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
        policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Scopes().Contains("api"))
    );
builder.Services.AddProblemDetails();

var app = builder.Build();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();

app.MapProtectedResourceMetadata(resource, authority);
app.MapSampleEndpoints(new SampleDescription(authority, audience, resource.ResourceMetadata), stepUp);

app.Run();
