namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>RequestTexts.json</c>: requests of devices and apps that a person decides on
/// elsewhere.</summary>
internal sealed class RequestTexts;
