using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>Decisions are synchronous: nothing in Domain is a task or awaits one.</summary>
internal static class Purity
{
    /// <summary>Asynchronous members and uses of tasks, each with its place.</summary>
    public static IEnumerable<string> Asynchronous(IEnumerable<TypeDefinition> types) =>
        from type in types
        from use in Uses.TypesOf(type)
        where use.Type.Namespace is "System.Threading.Tasks" || use.Type.FullName.StartsWith("System.Collections.Generic.IAsync", StringComparison.Ordinal)
            || use.Type.FullName is "System.IAsyncDisposable"
        group use.Place by use.Place into place
        select $"{place.Key} is asynchronous";
}
