using System.Text.Json;

namespace Identity.IntegrationTests.Commands;

/// <summary>What <c>identity texts check</c> and the doctor say of a folder of texts.</summary>
public sealed class TextsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_check_names_what_is_missing_and_what_cannot_be_used_and_fails()
    {
        Write("nn/language.json", """{"name": "Nynorsk", "reviewed": "person"}""");
        Write("nn/SharedTexts.json", """{"Time.MinutesAgo": "for {1} minutt sidan", "Gone": "Borte"}""");
        using InProcessCommand command = new(new Dictionary<string, string?>());

        var (code, output) = await command.RunAsync("texts", "check", _folder);

        Assert.Equal(1, code);
        Assert.Contains("SharedTexts.json: Skip: is missing", output, StringComparison.Ordinal);
        Assert.Contains("SharedTexts.json: Gone: is not a text of this version.", output, StringComparison.Ordinal);
        Assert.Contains("needs the placeholders {0} and has {1}", output, StringComparison.Ordinal);
        Assert.Contains("reviewed by a person: nn; reviewed by a machine:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_of_the_shipped_texts_finds_nothing()
    {
        using InProcessCommand command = new(new Dictionary<string, string?>());

        var (code, output) = await command.RunAsync("texts", "check", "--json");

        Assert.Equal(0, code);
        var answer = JsonElement.Parse(output);
        Assert.True(answer.GetProperty("ok").GetBoolean());
        Assert.Contains(
            answer.GetProperty("languages").EnumerateArray(),
            static one => one.GetProperty("tag").GetString() == "zh-Hans"
        );
    }

    [Fact]
    public async Task The_doctor_warns_of_a_text_and_says_who_has_reviewed_the_languages()
    {
        Write("de/SharedTexts.json", """{"Skip": ""}""");
        Dictionary<string, string?> settings = new() { ["Identity:Texts:Folder"] = _folder };
        using InProcessCommand command = new(settings);

        var (_, output) = await command.RunAsync("doctor", "--offline");

        Assert.Contains("SharedTexts.json: Skip: is empty; the text is not used.", output, StringComparison.Ordinal);
        Assert.Contains("ok      texts: reviewed by a machine: ", output, StringComparison.Ordinal);
    }

    private void Write(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
