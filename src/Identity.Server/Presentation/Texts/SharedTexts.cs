namespace Identity.Server.Presentation.Texts;

/// <summary>Names the resource files <c>SharedTexts.*.resx</c>: the frame of every page, passwords, waiting,
/// errors.</summary>
public sealed class SharedTexts;
