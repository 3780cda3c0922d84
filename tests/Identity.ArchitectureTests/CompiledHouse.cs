using Identity.Testing;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Identity.ArchitectureTests;

/// <summary>A use of one type by another, as the compiler left it. Constants and <c>nameof</c> leave no trace in an
/// assembly, and are not seen here.</summary>
/// <param name="From">The using type, outermost.</param>
/// <param name="To">The used type, outermost.</param>
/// <param name="Library">The assembly that the used type is in.</param>
internal sealed record Use(string From, string To, string Library)
{
    public string FromRoom => Room.Of(From);

    public string ToRoom => Room.Of(To);
}

/// <summary>The product's assemblies, read without running them.</summary>
internal sealed class CompiledHouse
{
    private CompiledHouse(IEnumerable<ModuleDefinition> modules)
    {
        Types = [.. modules.SelectMany(module => module.GetTypes()).Where(type => !IsGenerated(type))];
        Uses = [.. Types.SelectMany(UsesOf).Distinct()];
    }

    /// <summary>Identity.Core and the server.</summary>
    public static CompiledHouse Product { get; } = new([Read("Identity.Core.dll"), Read("identity.dll")]);

    /// <summary>This test assembly, for rules to be tried on.</summary>
    public static CompiledHouse Tests { get; } = new([Read("Identity.ArchitectureTests.dll")]);

    /// <summary>Every type that a person wrote, nested ones too.</summary>
    public IReadOnlyList<TypeDefinition> Types { get; }

    /// <summary>Who uses whom.</summary>
    public IReadOnlyList<Use> Uses { get; }

    private static ModuleDefinition Read(string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, file);
        return ModuleDefinition.ReadModule(
            File.Exists(path)
                ? path
                : throw new FileNotFoundException(
                    $"Not built beside the tests: {Path.GetRelativePath(Repository.Root, path)}"
                )
        );
    }

    // Closures, state machines and records' own members belong to the type around them and are read with it.
    private static bool IsGenerated(TypeDefinition type) =>
        type.Name.Contains('<', StringComparison.Ordinal)
        || (type.DeclaringType is { } outer && IsGenerated(outer))
        || type.Namespace.StartsWith("System.", StringComparison.Ordinal)
        || type.Namespace.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static IEnumerable<Use> UsesOf(TypeDefinition type)
    {
        var from = Outermost(type).FullName;
        return WithGenerated(type)
            .SelectMany(References)
            .SelectMany(Flatten)
            .Select(used => new Use(
                from,
                Outermost(used).FullName,
                used.Scope switch
                {
                    AssemblyNameReference assembly => assembly.Name,
                    ModuleDefinition module => module.Assembly.Name.Name,
                    _ => "",
                }
            ))
            .Where(use => use.From != use.To);
    }

    private static IEnumerable<TypeDefinition> WithGenerated(TypeDefinition type) =>
        type.NestedTypes.Where(IsGenerated).SelectMany(WithGenerated).Prepend(type);

    private static IEnumerable<TypeReference?> References(TypeDefinition type)
    {
        yield return type.BaseType;
        foreach (var implemented in type.Interfaces)
            yield return implemented.InterfaceType;
        foreach (
            var used in Attributes(type)
                .Concat(type.Fields.SelectMany(field => Attributes(field).Append(field.FieldType)))
                .Concat(type.Properties.SelectMany(Attributes))
        )
            yield return used;
        foreach (var used in type.Methods.SelectMany(References))
            yield return used;
    }

    private static IEnumerable<TypeReference?> References(MethodDefinition method)
    {
        var signature = method
            .Parameters.SelectMany(parameter => Attributes(parameter).Append(parameter.ParameterType))
            .Append(method.ReturnType)
            .Concat(Attributes(method))
            .Concat(
                method
                    .GenericParameters.SelectMany(parameter => parameter.Constraints)
                    .Select(constraint => constraint.ConstraintType)
            );
        if (!method.HasBody)
            return signature;
        var handlers = method.Body.ExceptionHandlers.Select(handler => handler.CatchType);
        return
        [
            .. signature,
            .. handlers,
            .. method.Body.Variables.Select(variable => variable.VariableType),
            .. method.Body.Instructions.SelectMany(References),
        ];
    }

    private static IEnumerable<TypeReference?> References(Instruction instruction) =>
        instruction.Operand switch
        {
            TypeReference type => [type],
            GenericInstanceMethod method => [.. method.GenericArguments, method.DeclaringType, method.ReturnType],
            MethodReference method =>
            [
                method.DeclaringType,
                method.ReturnType,
                .. method.Parameters.Select(parameter => parameter.ParameterType),
            ],
            FieldReference field => [field.DeclaringType, field.FieldType],
            _ => [],
        };

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(attribute =>
            attribute
                .ConstructorArguments.Select(argument => argument.Value as TypeReference)
                .Append(attribute.AttributeType)
        );

    // List<Token[]> is a list, and a token.
    private static IEnumerable<TypeReference> Flatten(TypeReference? type) =>
        type switch
        {
            null or GenericParameter => [],
            GenericInstanceType generic => generic.GenericArguments.SelectMany(Flatten).Append(generic.ElementType),
            TypeSpecification specification => Flatten(specification.ElementType),
            _ => [type],
        };

    private static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }
}
