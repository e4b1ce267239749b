using Mono.Cecil;

namespace OrleansBilling.Architecture.Tests.Reading;

/// <summary>The product's assemblies as the compiler wrote them, read without being loaded.</summary>
internal static class Compiled
{
    /// <summary>The pure rules.</summary>
    public static AssemblyDefinition Domain { get; } = Read("OrleansBilling.Domain");

    /// <summary>Grains, messages and ports.</summary>
    public static AssemblyDefinition Grains { get; } = Read("OrleansBilling.Grains");

    /// <summary>The ports' implementations.</summary>
    public static AssemblyDefinition Infrastructure { get; } = Read("OrleansBilling.Infrastructure");

    /// <summary>The composition root.</summary>
    public static AssemblyDefinition Server { get; } = Read("OrleansBilling.Server");

    /// <summary>This assembly, for its fixtures.</summary>
    public static AssemblyDefinition Tests { get; } = Read("OrleansBilling.Architecture.Tests");

    /// <summary>The types that people wrote, nested ones included; what Orleans generates is left out.</summary>
    public static IReadOnlyList<TypeDefinition> Types(AssemblyDefinition assembly) =>
        [.. assembly.MainModule.GetTypes().Where(type => type.Name is not "<Module>" && !OutermostOf(type).Namespace.StartsWith("OrleansCodeGen", StringComparison.Ordinal))];

    /// <summary>A fixture: the type with all that is nested in it.</summary>
    public static IReadOnlyList<TypeDefinition> Fixture(Type fixture) =>
        [.. Types(Tests).Where(type => OutermostOf(type).FullName == fixture.FullName)];

    /// <summary>The type in whose file another one is written.</summary>
    public static TypeDefinition OutermostOf(TypeDefinition type) => type.DeclaringType is { } outer ? OutermostOf(outer) : type;

    /// <summary>True for a type that the compiler made: state machines, closures, anonymous types.</summary>
    public static bool IsCompilerMade(TypeDefinition type) => type.Name.Contains('<', StringComparison.Ordinal) || (type.DeclaringType is { } outer && IsCompilerMade(outer));

    private static AssemblyDefinition Read(string name) =>
        AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll"), new ReaderParameters { InMemory = true });
}
