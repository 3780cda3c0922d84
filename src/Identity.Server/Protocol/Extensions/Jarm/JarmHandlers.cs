using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jarm;

/// <summary>Answers as a signed JWT (JARM) inside the engine, which knows none.</summary>
internal static class JarmHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        // When the answer is complete, before AnswerByFormPost (200,000) and its like write it.
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<AnswerInJwt>().SetOrder(150_000)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfResponseModes>().SetOrder(-1_880)
        );
    }
}
