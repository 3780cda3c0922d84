using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation;

/// <summary> One field of a form: label, input, hint and error, associated for screen readers (WCAG 1.3.1, 3.3.1).
/// Typed values are kept, except passwords. A password can be shown, and with <c>meter</c> its strength is shown while
/// typing.
/// </summary>
[HtmlTargetElement("field", Attributes = "for,label", TagStructure = TagStructure.WithoutEndTag)]
public sealed class FormField(IStringLocalizer<SharedTexts> shared) : TagHelper
{
    [HtmlAttributeName("for")]
    public ModelExpression For { get; set; } = null!;

    public string Label { get; set; } = "";

    /// <summary>The hint below the field.</summary>
    public string? Hint { get; set; }

    public string Type { get; set; } = "text";

    public string Autocomplete { get; set; } = "off";

    public bool Optional { get; set; }

    public bool Meter { get; set; }

    public int Maxlength { get; set; } = 256;

    [HtmlAttributeName("inputmode")]
    public string? InputMode { get; set; }

    /// <summary>Whether the field gets the focus; an error summary takes precedence.</summary>
    public bool Autofocus { get; set; }

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
        output.Content.AppendHtml(LabelOf(id));
        if (Hint is not null)
            output.Content.AppendHtml(Paragraph("hint", id + "-hint", Hint));
        output.Content.AppendHtml(ControlOf(name, id, state?.AttemptedValue, errors.Length > 0));
        if (Meter)
            output.Content.AppendHtml(MeterOf(id));
        if (errors.Length > 0)
            output.Content.AppendHtml(Paragraph("error", id + "-error", string.Join(' ', errors)));
    }

    private TagBuilder LabelOf(string id)
    {
        var label = new TagBuilder("label");
        label.MergeAttribute("for", id);
        label.InnerHtml.Append(Label);
        if (Optional)
        {
            var note = new TagBuilder("span");
            note.AddCssClass("optional");
            note.InnerHtml.Append(shared["Field.Optional"]);
            label.InnerHtml.Append(" ").AppendHtml(note);
        }
        return label;
    }

    private TagBuilder ControlOf(string name, string id, string? attempted, bool wrong)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.MergeAttributes(
            new Dictionary<string, string?>
            {
                ["id"] = id,
                ["name"] = name,
                ["type"] = Type,
                ["autocomplete"] = Autocomplete,
                ["maxlength"] = Maxlength.ToString(System.Globalization.CultureInfo.InvariantCulture),
            }
        );
        if (Type != "password" && (attempted ?? For.Model as string) is { } value)
            input.MergeAttribute("value", value);
        if (Type is "email" or "password" || Autocomplete == "one-time-code")
        {
            input.MergeAttribute("autocapitalize", "none");
            input.MergeAttribute("spellcheck", "false");
            // Addresses, passwords and codes are written from left to right in every language.
            input.MergeAttribute("dir", "ltr");
        }
        if (InputMode is not null)
            input.MergeAttribute("inputmode", InputMode);
        if (!Optional)
            input.MergeAttribute("required", "required");
        if (Autofocus && ViewContext.ModelState.IsValid)
            input.MergeAttribute("autofocus", "autofocus");
        if (wrong)
            input.MergeAttribute("aria-invalid", "true");
        string[] described =
        [
            .. new[]
            {
                wrong ? id + "-error" : null,
                Hint is null ? null : id + "-hint",
                Meter ? id + "-meter" : null,
            }.OfType<string>(),
        ];
        if (described.Length > 0)
            input.MergeAttribute("aria-describedby", string.Join(' ', described));
        if (Type != "password")
            return input;

        var box = new TagBuilder("div");
        box.AddCssClass("secret");
        box.MergeAttribute("data-show", shared["Field.ShowPassword"]);
        box.MergeAttribute("data-hide", shared["Field.HidePassword"]);
        box.InnerHtml.AppendHtml(input);
        return box;
    }

    private static TagBuilder MeterOf(string id)
    {
        // Empty until the script fills it; without a script it takes no space.
        var meter = new TagBuilder("div");
        meter.AddCssClass("strength");
        meter.MergeAttribute("data-meter", id);
        meter.MergeAttribute("hidden", "hidden");
        var bar = new TagBuilder("span");
        bar.AddCssClass("bar");
        bar.MergeAttribute("aria-hidden", "true");
        var words = new TagBuilder("p");
        words.MergeAttribute("id", id + "-meter");
        words.MergeAttribute("role", "status");
        meter.InnerHtml.AppendHtml(bar).AppendHtml(words);
        return meter;
    }

    private static TagBuilder Paragraph(string style, string id, string text)
    {
        var paragraph = new TagBuilder("p");
        paragraph.AddCssClass(style);
        paragraph.MergeAttribute("id", id);
        paragraph.InnerHtml.Append(text);
        return paragraph;
    }
}
