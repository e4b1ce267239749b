using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>The suffix of a type tells its role (Decider, Policy, Grain, Store, Gateway, Endpoints, Worker); vague ones tell nothing.</summary>
internal static class Names
{
    private static readonly string[] Vague = ["Manager", "Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Service", "Services"];

    /// <summary>Types with a vague suffix.</summary>
    public static IEnumerable<string> VagueSuffixes(IEnumerable<TypeDefinition> types) =>
        from type in types
        where !Compiled.IsCompilerMade(type)
        let name = type.Name.Split('`')[0]
        from suffix in Vague
        where name.EndsWith(suffix, StringComparison.Ordinal)
        select $"{type.FullName} ends in {suffix}";
}
