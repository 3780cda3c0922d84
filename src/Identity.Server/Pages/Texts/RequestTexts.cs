namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>RequestTexts.*.resx</c>: requests of devices and apps that a person decides on
/// elsewhere.</summary>
internal sealed class RequestTexts;
