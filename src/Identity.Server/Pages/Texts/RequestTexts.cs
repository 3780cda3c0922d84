namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>RequestTexts.*.resx</c>: what devices and apps ask of a person who is
/// elsewhere.</summary>
internal sealed class RequestTexts;
