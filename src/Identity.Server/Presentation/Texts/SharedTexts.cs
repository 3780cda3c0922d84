namespace Identity.Server.Presentation.Texts;

/// <summary>Names the texts of <c>SharedTexts.json</c>: the frame of every page, passwords, waiting,
/// errors.</summary>
public sealed class SharedTexts;
