using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>What a project may see.</summary>
/// <param name="MayReference">Assemblies; a name that ends in a dot stands for all that begin with it. Empty allows all.</param>
/// <param name="MustNotUse">Assemblies, namespaces or types that are refused although the list allows their assembly.</param>
internal sealed record Wall(string[] MayReference, string[] MustNotUse)
{
    private static readonly string[] Outside =
        ["System.Data.", "System.Net.", "System.IO.File", "System.IO.Directory", "System.Diagnostics.Process", "System.Console"];

    /// <summary>Domain: the language and NodaTime, no IO, no tasks, no threads.</summary>
    public static Wall Domain { get; } = new(
        ["System.", "NodaTime"],
        [.. Outside, "System.Threading.", "System.IO.", "System.Text.Json.", "NodaTime.SystemClock", "NodaTime.IClock"]);

    /// <summary>Grains: Domain, Orleans, NodaTime with its JSON.</summary>
    public static Wall Grains { get; } = new(
        [
            "System.", "NodaTime", "NodaTime.Serialization.SystemTextJson", "OrleansBilling.Domain", "Orleans.",
            "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
        ],
        [.. Outside, "NodaTime.SystemClock", "NodaTime.IClock"]);

    /// <summary>Infrastructure: everything but those who stand on it.</summary>
    public static Wall Infrastructure { get; } = new([], ["OrleansBilling.Server", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing"]);

    /// <summary>Server: no driver, no vendor, no retry library; those are behind ports.</summary>
    public static Wall Server { get; } = new([], ["Npgsql", "Stripe", "Polly", "System.Data."]);

    /// <summary>What the types use beyond the wall, each once, with one place.</summary>
    public IEnumerable<string> Breaches(IEnumerable<TypeDefinition> types) =>
        from type in types
        from use in Uses.TypesOf(type)
        where use.Type.Scope is AssemblyNameReference
        let assembly = use.Type.Scope.Name
        where !IsAllowed(assembly) || IsRefused(assembly) || IsRefused(use.Type.FullName)
        group use.Place by $"{assembly}: {use.Type.FullName}" into breach
        orderby breach.Key
        select $"{breach.Key} is used by {breach.First()}";

    /// <summary>The assemblies that an assembly references beyond the wall.</summary>
    public IEnumerable<string> Breaches(AssemblyDefinition assembly) =>
        from reference in assembly.MainModule.AssemblyReferences
        where !IsAllowed(reference.Name) || IsRefused(reference.Name)
        orderby reference.Name
        select $"{assembly.Name.Name} references {reference.Name}";

    private bool IsAllowed(string assembly) => MayReference.Length is 0 || MayReference.Any(name => Covers(name, assembly));

    private bool IsRefused(string name) => MustNotUse.Any(refused => Covers(refused, name) || name.StartsWith(refused + ".", StringComparison.Ordinal));

    private static bool Covers(string rule, string name) =>
        rule == name || (rule.EndsWith('.') && (name.StartsWith(rule, StringComparison.Ordinal) || name == rule[..^1]));
}
