using System.Text;
using System.Text.RegularExpressions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Branding;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Account;

/// <summary> Shows new recovery codes once (MF-6). They arrive in an encrypted cookie, which the first view of this
/// page removes; the server stores only their hashes. To save them as a file, the page posts them back.
/// </summary>
internal sealed partial class RecoveryCodesModel(
    UserStore users,
    IStringLocalizer<TwoFactorTexts> texts,
    IOptions<BrandingOptions> branding
) : AccountPage(users)
{
    public const string Address = "/account/two-factor/codes";
    private const string Key = "recovery-codes";

    public IReadOnlyList<string> Codes { get; private set; } = [];

    /// <summary>Passes codes to this page in the current browser.</summary>
    public static void Show(ITempDataDictionary temp, IReadOnlyList<string> codes) => temp[Key] = codes.ToArray();

    public IActionResult OnGet()
    {
        if (TempData[Key] is not string[] codes)
            return SeeOther("/account/two-factor");
        Codes = codes;
        return Page();
    }

    /// <summary>The codes as a text file. The handler returns what was posted, so it accepts only codes.</summary>
    public IActionResult OnPostDownload(string? codes)
    {
        string[] known =
        [
            .. (codes ?? "").Split(' ', RecoveryCodeSet.Count + 1).Where(static code => CodePattern().IsMatch(code)),
        ];
        if (known.Length == 0)
            return SeeOther("/account/two-factor");
        var text =
            $"{branding.Value.Name}: {texts["Recovery.Title"].Value} - {Account.Email}\r\n"
            + $"{texts["Codes.Lead"].Value}\r\n\r\n{string.Join("\r\n", known)}\r\n";
        return File(Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8", "recovery-codes.txt");
    }

    [GeneratedRegex("^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex CodePattern();
}
