// A web application that signs people in at the provider, on ASP.NET Core's own OpenIdConnect and cookie handlers. This
// file is all that a relying party needs; README.md shows the ten lines that register it with the provider.
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Samples.WebApp;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
var authority = new Uri(settings["Oidc:Authority"] ?? "http://localhost:5000");
if (string.IsNullOrEmpty(settings["urls"]))
    builder.WebHost.UseUrls("http://localhost:5001");
builder.WebHost.UseStaticWebAssets();

builder
    .Services.AddAuthentication(options =>
    {
        options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
    })
    // Browsers share cookies between the ports of a host, so each application on localhost needs a name of its own.
    .AddCookie(options => options.Cookie.Name = "sample-webapp")
    .AddOpenIdConnect(options =>
    {
        options.Authority = authority.OriginalString;
        options.RequireHttpsMetadata = !authority.IsLoopback;
        options.ClientId = settings["Oidc:ClientId"] ?? "webapp";
        options.ClientSecret = settings["Oidc:ClientSecret"];
        options.ResponseType = "code";
        // The answer comes as an ordinary redirect; PKCE makes a stolen code useless. Set form_post to receive the
        // answer as a form instead.
        options.ResponseMode = settings["Oidc:ResponseMode"] ?? "query";
        options.Scope.Add("email");
        options.Scope.Add("offline_access");
        options.Scope.Add("api");
        options.SaveTokens = true;
        // The ID token identifies the person; name, address and other claims come from the userinfo endpoint (OpenID
        // Connect Core 5.4).
        options.GetClaimsFromUserInfoEndpoint = true;
        options.MapInboundClaims = false;
        options.ClaimActions.MapAll();
        options.TokenValidationParameters.NameClaimType = "name";
        options.AccessDeniedPath = "/declined";
        options.SignedOutRedirectUri = "/signed-out";
        // Adds an API's requirement for the sign-in (RFC 9470) to the request; the handler itself sends max_age.
        options.Events.OnRedirectToIdentityProvider = context =>
        {
            context.ProtocolMessage.AcrValues =
                context.Properties.GetParameter<string>(StepUp.AcrParameter) ?? context.ProtocolMessage.AcrValues;
            return Task.CompletedTask;
        };
    });

builder.Services.AddAntiforgery(options => options.Cookie.Name = "sample-webapp-form");
builder.Services.AddRazorPages();
builder.Services.AddHttpContextAccessor();
builder.Services.AddHttpClient<Provider>();
builder.Services.AddHttpClient<SampleApi>(http =>
    http.BaseAddress = new Uri(settings["Api:BaseUrl"] ?? "http://localhost:5002")
);

var app = builder.Build();
app.UseExceptionHandler("/error");
app.UseRouting();
app.UseAuthentication();
app.UseAuthorization();
app.MapStaticAssets();
app.MapRazorPages();
app.Run();
