using Identity.Core.Clients;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>A property of an app in the edit form.</summary>
internal sealed record PropertyField(EditAppModel Form, ClientProperty Property);
