using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Identity.Server.Presentation.Assets;

/// <summary> A script or style sheet that a content delivery network serves: the page allows its origin and states its
/// digest (Subresource Integrity), so that the operator of the network cannot change what a sign-in page runs.
/// </summary>
[HtmlTargetElement("script", Attributes = "src")]
[HtmlTargetElement("link", Attributes = "href", TagStructure = TagStructure.WithoutEndTag)]
public sealed class AssetIntegrity : TagHelper
{
    /// <summary>The page that contains it.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var library = ViewContext.HttpContext.RequestServices.GetRequiredService<AssetLibrary>();
        var attribute = output.Attributes[output.TagName == "script" ? "src" : "href"];
        if (attribute?.Value?.ToString() is not { } url || library.IntegrityOf(url) is not { } integrity)
            return;
        ViewContext.HttpContext.AllowAsset(url);
        // Browsers check no digest of pictures.
        if (url.EndsWith(".svg", StringComparison.Ordinal))
            return;
        output.Attributes.SetAttribute("integrity", integrity);
        output.Attributes.SetAttribute("crossorigin", "anonymous");
    }
}
