namespace Identity.Core.Administration;

/// <summary>Where administration is offered.</summary>
public sealed class AdminOptions
{
    public const string Section = "Identity:Admin";

    /// <summary>The host names on which the console and the administration API answer; elsewhere they do not exist.
    /// Empty for every host name of the provider.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>How many requests to the administration API one client, or one person with one client, may make in a
    /// minute at one instance; as many at once.</summary>
    public int RequestsPerMinute { get; set; } = 1_200;

    /// <summary>Whether administration is offered under this host name.</summary>
    public bool AnswersOn(string host) => Hosts.Count == 0 || Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
