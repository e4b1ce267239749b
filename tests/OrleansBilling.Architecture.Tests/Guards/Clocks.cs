using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>
/// Domain and Grains read no clock and roll no dice: <c>now</c> is an argument and ids come from the turn's seed. Complements
/// <c>src/BannedSymbols.txt</c>, which a pragma could switch off.
/// </summary>
internal static class Clocks
{
    private static readonly Dictionary<string, string[]> Banned = new(StringComparer.Ordinal)
    {
        ["System.DateTime"] = ["get_Now", "get_UtcNow", "get_Today"],
        ["System.DateTimeOffset"] = ["get_Now", "get_UtcNow"],
        ["System.TimeProvider"] = [],
        ["System.Diagnostics.Stopwatch"] = [],
        ["NodaTime.SystemClock"] = [],
        ["NodaTime.IClock"] = [],
        ["System.Environment"] = ["get_TickCount", "get_TickCount64", "GetEnvironmentVariable", "get_MachineName", "get_ProcessId"],
        ["System.Guid"] = ["NewGuid", "CreateVersion7"],
        ["System.Random"] = [],
        ["System.Security.Cryptography.RandomNumberGenerator"] = [],
        ["System.Threading.Thread"] = ["Sleep"],
    };

    /// <summary>The calls, each with its place.</summary>
    public static IEnumerable<string> Calls(IEnumerable<TypeDefinition> types) =>
        from type in types
        from use in Uses.MembersOf(type)
        where Banned.TryGetValue(use.Member.DeclaringType.FullName, out var members) && (members.Length is 0 || members.Contains(use.Member.Name, StringComparer.Ordinal))
        select $"{use.Member.DeclaringType.FullName}.{use.Member.Name} is called by {use.Place}";
}
