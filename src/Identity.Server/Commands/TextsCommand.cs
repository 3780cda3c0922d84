using System.CommandLine;
using Identity.Core.Languages;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity texts</c>: the texts of pages and mails.</summary>
internal static class TextsCommand
{
    private const string Name = "texts";

    public static Command Create(CommandContext context) =>
        new(
            Name,
            """
            Check the texts of pages and mails, in every language.
            Example: identity texts check ./texts
            """
        )
        {
            Check(context),
        };

    /// <summary>Reports the texts for <c>doctor</c>. Files that stop the start are findings of the
    /// configuration.</summary>
    public static void Find(IConfiguration configuration, Action<string, string> warn, Action<string, string> ok)
    {
        var catalog = TextCatalog.Load(Configured(configuration));
        foreach (var fault in catalog.Faults.Where(static fault => !fault.IsFatal))
            warn(Name, fault.ToString());
        ok(Name, Describe(catalog.Languages.All));
    }

    private static Command Check(CommandContext context)
    {
        Argument<string?> folder = new("FOLDER")
        {
            Description = "A folder of texts. Default: Identity:Texts:Folder.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new(
            "check",
            """
            Read the shipped texts and a folder of your own. List texts that are missing, unknown or unusable.
            Exits with 1 if it finds any.
            """
        )
        {
            folder,
        };
        context.On(
            command,
            async (parsed, answer, _) =>
            {
                var options = Configured(context.CreateBuilder(parsed).Configuration);
                options.Folder = parsed.GetValue(folder) ?? options.Folder;
                var catalog = TextCatalog.Load(options);
                await answer.GiveAsync(
                    new
                    {
                        ok = catalog.Faults.Count == 0,
                        languages = catalog.Languages.All.Select(static language => new
                        {
                            language.Tag,
                            language.Name,
                            reviewed = Reviewer(language.IsReviewedByPerson),
                        }),
                        faults = catalog.Faults.Select(static fault => new { fault.Place, fault.Problem }),
                    },
                    [
                        .. catalog.Faults.Select(static fault => Answer.Printable(fault.ToString())),
                        $"Languages: {Describe(catalog.Languages.All)}.",
                        catalog.Faults.Count == 0 ? "Every text is right." : $"Faults: {catalog.Faults.Count}.",
                    ]
                );
                return catalog.Faults.Count == 0 ? 0 : CommandFailedException.Failed;
            }
        );
        return command;
    }

    private static TextOptions Configured(IConfiguration configuration) =>
        configuration.GetSection(TextOptions.Section).Get<TextOptions>() ?? new();

    private static string Describe(IReadOnlyList<Language> languages) =>
        string.Join(
            "; ",
            languages
                .GroupBy(static language => language.IsReviewedByPerson)
                .OrderByDescending(static group => group.Key)
                .Select(static group =>
                    $"reviewed by a {Reviewer(group.Key)}: {string.Join(", ", group.Select(static one => one.Tag))}"
                )
        );

    private static string Reviewer(bool isPerson) => isPerson ? "person" : "machine";
}
