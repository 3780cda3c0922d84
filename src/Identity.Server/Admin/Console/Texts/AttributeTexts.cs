namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>AttributeTexts.json</c>: attributes of people and claims.</summary>
internal sealed class AttributeTexts;
