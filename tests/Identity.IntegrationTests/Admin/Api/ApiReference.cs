using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Writes the API reference from the OpenAPI description.</summary>
internal static class ApiReference
{
    private const string SchemaPrefix = "#/components/schemas/";

    /// <summary>The whole of docs/api.md.</summary>
    public static string Write(JsonNode document)
    {
        StringBuilder text = new();
        text.Append(
            """
            # API reference

            Generated from [`openapi.json`](openapi.json); a test compares the two. The first steps, and the rules of
            every endpoint: [administration](administration.md).

            """
        );
        var operations = document["paths"]!
            .AsObject()
            .SelectMany(static path =>
                path.Value!.AsObject()
                    .Select(operation => (Path: path.Key, Method: operation.Key, Operation: operation.Value!))
            )
            .GroupBy(static one => one.Operation["tags"]![0]!.GetValue<string>());
        foreach (var tag in operations.OrderBy(static tag => tag.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {tag.Key}\n");
            foreach (var (path, method, operation) in tag)
                WriteOperation(text, path, method, operation);
        }
        text.Append("\n## Types\n");
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
            WriteSchema(text, name, schema!);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void WriteOperation(StringBuilder text, string path, string method, JsonNode operation)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n### {operation["summary"]}\n\n`{method.ToUpperInvariant()} {path}`\n\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"{operation["description"]}\n");
        var parameters = operation["parameters"]?.AsArray() ?? [];
        if (parameters.Count > 0)
            text.Append("\n| parameter | in | type | |\n| --- | --- | --- | --- |\n");
        foreach (var parameter in parameters)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{parameter!["name"]}` | {parameter["in"]} | {TypeOf(parameter["schema"])} | "
                    + $"{Cell(parameter["description"])}{(IsTrue(parameter["required"]) ? " Required." : "")} |\n"
            );
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } body)
            text.Append(CultureInfo.InvariantCulture, $"\nBody: {TypeOf(body)}.\n");
        foreach (var (status, answer) in operation["responses"]!.AsObject())
        {
            if (status[0] != '2')
                continue;
            var schemas = answer!["content"]?.AsObject().Select(static one => TypeOf(one.Value!["schema"])).Distinct();
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nAnswer: {status}{(schemas is null ? "" : " " + string.Join(", ", schemas))}.\n"
            );
        }
    }

    private static void WriteSchema(StringBuilder text, string name, JsonNode schema)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {name}\n\n");
        if (schema["description"] is { } description)
            text.Append(CultureInfo.InvariantCulture, $"{description}\n\n");
        if (schema["enum"] is JsonArray values)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"One of {string.Join(", ", values.Select(static value => $"`{value}`"))}.\n"
            );
            return;
        }
        if (schema["properties"] is not JsonObject properties)
        {
            text.Append(CultureInfo.InvariantCulture, $"{TypeOf(schema)}\n");
            return;
        }
        var required = (schema["required"]?.AsArray() ?? []).Select(static one => one!.GetValue<string>()).ToHashSet();
        text.Append("| member | type | |\n| --- | --- | --- |\n");
        foreach (var (member, type) in properties)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{member}` | {TypeOf(type)} | {Cell(type?["description"])}"
                    + $"{(required.Contains(member) ? "Required." : "")} |\n"
            );
    }

    private static string TypeOf(JsonNode? schema)
    {
        if (schema is not JsonObject)
            return "any";
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return $"[{reference[SchemaPrefix.Length..]}](#{reference[SchemaPrefix.Length..].ToLowerInvariant()})";
        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
            return string.Join(" or ", choices.Select(TypeOf).Where(static one => one != "null"));
        if (schema["enum"] is JsonArray values)
            return string.Join(
                ", ",
                values.Where(static value => value is not null).Select(static value => $"`{value}`")
            );
        var types = schema["type"] switch
        {
            JsonArray several => several
                .Select(static one => one!.GetValue<string>())
                .Where(static one => one != "null"),
            JsonValue one => [one.GetValue<string>()],
            _ => [],
        };
        var type = types.Contains("integer") ? "integer" : types.FirstOrDefault() ?? "any";
        return type switch
        {
            "array" => $"list of {TypeOf(schema["items"])}",
            "object" when schema["additionalProperties"] is JsonObject values_ => $"map to {TypeOf(values_)}",
            _ => schema["format"] is { } format && type == "string" ? $"{type} ({format})" : type,
        };
    }

    private static string Cell(JsonNode? text) =>
        text?.GetValue<string>().ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal) ?? "";

    private static bool IsTrue(JsonNode? flag) => flag?.GetValue<bool>() == true;
}
