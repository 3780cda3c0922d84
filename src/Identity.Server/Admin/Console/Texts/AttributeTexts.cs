namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>AttributeTexts.*.resx</c>: attributes of people and claims.</summary>
internal sealed class AttributeTexts;
