using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>A field of several lines: label, hint, text area and error, associated for screen readers (WCAG 1.3.1,
/// 3.3.1). Addresses and names run from left to right in every language.</summary>
[HtmlTargetElement("lines", Attributes = "for,label", TagStructure = TagStructure.WithoutEndTag)]
public sealed class LinesField : TagHelper
{
    [HtmlAttributeName("for")]
    public ModelExpression For { get; set; } = null!;

    public string Label { get; set; } = "";

    public string Hint { get; set; } = "";

    public int Rows { get; set; } = 3;

    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var name = ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name);
        var id = TagBuilder.CreateSanitizedId(name, "_");
        ViewContext.ModelState.TryGetValue(name, out var state);
        string[] errors = [.. state?.Errors.Select(static error => error.ErrorMessage) ?? []];

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", errors.Length > 0 ? "field wrong" : "field");
        output.Content.AppendHtml(Text("label", id, "for", Label));
        output.Content.AppendHtml(Text("p", id + "-hint", "id", Hint, "hint"));
        TagBuilder area = new("textarea");
        area.MergeAttributes(
            new Dictionary<string, string?>
            {
                ["id"] = id,
                ["name"] = name,
                ["rows"] = Rows.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["dir"] = "ltr",
                ["spellcheck"] = "false",
                ["autocapitalize"] = "none",
                ["aria-describedby"] = errors.Length > 0 ? $"{id}-error {id}-hint" : $"{id}-hint",
            }
        );
        if (errors.Length > 0)
            area.MergeAttribute("aria-invalid", "true");
        area.InnerHtml.Append(state?.AttemptedValue ?? For.Model as string ?? string.Empty);
        output.Content.AppendHtml(area);
        if (errors.Length > 0)
            output.Content.AppendHtml(Text("p", id + "-error", "id", string.Join(' ', errors), "error"));
    }

    private static TagBuilder Text(string tag, string id, string attribute, string text, string? style = null)
    {
        TagBuilder builder = new(tag);
        builder.MergeAttribute(attribute, id);
        if (style is not null)
            builder.AddCssClass(style);
        builder.InnerHtml.Append(text);
        return builder;
    }
}
