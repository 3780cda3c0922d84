using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Identity.Server.Presentation;

/// <summary>On a page whose forms say themselves whom they act for: they prove who somebody is, or name an account. All
/// other forms act only for the account that their page was drawn for.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NamesItsAccountAttribute : Attribute;

/// <summary> Holds a form to the account that its page was drawn for (SE-11): another tab of the browser may have
/// changed the account since, and what the person read there must not be done for another one. The page is then shown
/// again, for the account that is current now, and nothing was done.
/// </summary>
internal sealed class DrawnForFilter : IAsyncAuthorizationFilter, IOrderedFilter
{
    /// <summary>The hidden field: a digest of the account's id.</summary>
    internal const string Field = "_account";

    /// <summary>The query key of a page shown again for this reason.</summary>
    public const string Query = "switched";

    private const int Bytes = 12;

    /// <summary>Before the check of the antiforgery token, which is bound to an account too and would only answer
    /// 400.</summary>
    public int Order => 0;

    public static string TagOf(Guid userId) =>
        Base64Url.EncodeToString(SHA256.HashData(userId.ToByteArray(bigEndian: true)).AsSpan(0, Bytes));

    /// <inheritdoc />
    public async Task OnAuthorizationAsync(AuthorizationFilterContext context)
    {
        var http = context.HttpContext;
        if (
            !HttpMethods.IsPost(http.Request.Method)
            || !http.Request.HasFormContentType
            || http.Request.Form[Field] is not [{ Length: > 0 } drawnFor]
            || await http.GetActiveSessionAsync() is not { } session
            || drawnFor == TagOf(session.UserId)
        )
            return;
        var query = http.Request.Query.Where(static pair => pair.Key is not ("handler" or Query));
        var again = http.Request.Path + QueryString.Create(query).Add(Query, "").Value;
        http.Response.Headers.Location = LocalUrl.OrNull(again) ?? LocalUrl.Account;
        context.Result = new StatusCodeResult(StatusCodes.Status303SeeOther);
    }
}

/// <summary>Adds the field of <see cref="DrawnForFilter"/> to every posted form of a page that has read the
/// session.</summary>
[HtmlTargetElement("form", Attributes = "method")]
public sealed class DrawnForField : TagHelper
{
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (
            context.AllAttributes["method"]?.Value?.ToString() is not "post"
            || ViewContext.HttpContext.Features.Get<ActiveSession>() is not { } session
            || ViewContext.ActionDescriptor is not CompiledPageActionDescriptor page
            || page.ModelTypeInfo?.IsDefined(typeof(NamesItsAccountAttribute), inherit: true) is true
        )
            return;
        output.PostContent.AppendHtml(
            $"<input type=\"hidden\" name=\"{DrawnForFilter.Field}\" value=\"{DrawnForFilter.TagOf(session.UserId)}\">"
        );
    }
}
