using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Core.Administration;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>What the API says of itself. docs/openapi.json and docs/api.md are generated here: IDENTITY_WRITE_API=1
/// dotnet test tests/Identity.IntegrationTests --filter ApiDocumentTests writes them anew.</summary>
public sealed class ApiDocumentTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly string DocumentFile = Repository.PathOf("docs/openapi.json");
    private static readonly string ReferenceFile = Repository.PathOf("docs/api.md");
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_description_and_the_reference_are_what_the_program_says()
    {
        var served = (await fixture.With(null).GetAsync("/openapi.json")).Must(HttpStatusCode.OK);
        var document = JsonNode.Parse(served.Text)!;
        var text = document.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
        var reference = ApiReference.Write(document);

        if (Environment.GetEnvironmentVariable("IDENTITY_WRITE_API") == "1")
        {
            await File.WriteAllTextAsync(DocumentFile, text);
            await File.WriteAllTextAsync(ReferenceFile, reference);
        }

        Assert.Equal(await File.ReadAllTextAsync(DocumentFile), text);
        Assert.Equal(await File.ReadAllTextAsync(ReferenceFile), reference);
    }

    [Fact]
    public async Task Every_action_is_described_with_its_scope()
    {
        var document = (await fixture.With(null).GetAsync("/openapi.json")).Json;

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        foreach (var action in AdminActions.All.Where(static action => action.Api.Offer is not null))
        {
            var (method, path) = action.Api.Offer!.Split(' ') is [var first, var second] ? (first, second) : default;
            var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method.ToLowerInvariant());
            Assert.Equal(
                action.Permission.Scope,
                operation.GetProperty("security")[0].GetProperty("oauth2")[0].GetString()
            );
        }
    }
}
