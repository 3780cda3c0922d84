namespace Identity.Core.Languages;

/// <summary>Something wrong with the files of texts.</summary>
/// <param name="Place">The file and, for one text, its key.</param>
/// <param name="Problem">What is wrong and what happens instead.</param>
/// <param name="IsFatal">Whether the provider refuses to start.</param>
public sealed record TextFault(string Place, string Problem, bool IsFatal)
{
    public override string ToString() => $"{Place}: {Problem}";
}
