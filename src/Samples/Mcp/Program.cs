// An MCP server that trusts the provider's access tokens: the official SDK for the protocol, and ASP.NET Core's own
// JwtBearer for the tokens. An agent needs only its address; where to sign in and what to ask for follows from the
// challenge and from the metadata (RFC 9728).
using Microsoft.AspNetCore.Authentication.JwtBearer;
using ModelContextProtocol.AspNetCore.Authentication;
using ModelContextProtocol.Authentication;
using Samples.Mcp;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
var authority = new Uri(settings["Oidc:Authority"] ?? "http://localhost:5000");
if (string.IsNullOrEmpty(settings["urls"]))
    builder.WebHost.UseUrls("http://localhost:5003");

// Its address as agents know it: what they name in `resource`, and what a token must have in `aud`. It comes from the
// configuration, never from the Host header of a request.
var address = new Uri(settings["urls"]?.Split(';')[0] ?? "http://localhost:5003");
var resource = new Uri(settings["Mcp:Resource"] ?? new Uri(address, ScopeChallenge.Path).AbsoluteUri);
ScopeChallenge challenge = new(new Uri(resource, ScopeChallenge.MetadataPath));

builder.Services.AddSingleton<NoteBook>();
builder.Services.AddHttpContextAccessor();
builder
    .Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
    .AddJwtBearer(options =>
    {
        options.Authority = authority.OriginalString;
        options.RequireHttpsMetadata = !authority.IsLoopback;
        options.TokenValidationParameters.ValidAudience = resource.OriginalString;
        options.MapInboundClaims = false;
        // An ID token is signed by the same issuer and must not pass for an access token (RFC 9068 section 4).
        options.TokenValidationParameters.ValidTypes = ["at+jwt"];
        options.TokenValidationParameters.ValidAlgorithms = ["ES256"];
        options.Events = new JwtBearerEvents { OnChallenge = challenge.ForToken };
    })
    .AddMcp(options =>
        options.ResourceMetadata = new ProtectedResourceMetadata
        {
            Resource = resource.OriginalString,
            ResourceName = "Sample notes",
            AuthorizationServers = { authority.OriginalString },
            ScopesSupported = { NoteTools.ReadScope },
        }
    );
builder.Services.AddAuthorization();
builder.Services.AddMcpServer().WithHttpTransport().WithTools<NoteTools>();

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.UseWhen(
    static http => http.GetEndpoint()?.Metadata.GetMetadata<ScopeChallenge>() is not null,
    branch => branch.Use(challenge.ForScopeAsync)
);

app.MapGet("/", () => new { what = "Sample MCP server.", resource = resource.OriginalString });
app.MapMcp(ScopeChallenge.Path).RequireAuthorization().WithMetadata(challenge);

app.Run();
