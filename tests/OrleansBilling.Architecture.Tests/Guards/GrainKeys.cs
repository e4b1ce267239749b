using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>
/// Keys of grains begin with a word and an underscore. Orleans' storage takes a key that reads as a hexadecimal number or
/// a GUID for that number, so that <c>0123</c> and <c>123</c> would be two grains on one row.
/// </summary>
internal static partial class GrainKeys
{
    /// <summary>Prefixes given to ids, which are grain keys too, that are no plain words.</summary>
    public static IEnumerable<string> BadPrefixes(IReadOnlyCollection<TypeDefinition> types) =>
        from prefix in Prefixes(types)
        where !WordPattern().IsMatch(prefix.Prefix)
        select $"{prefix.Place} makes ids that begin with \"{prefix.Prefix}_\"";

    /// <summary>
    /// The prefixes that code hands to <c>IdSource.Next</c>, also through a function whose first parameter is handed on.
    /// </summary>
    public static IEnumerable<(string Prefix, string Place)> Prefixes(IReadOnlyCollection<TypeDefinition> types)
    {
        var sites = Calls(types, called => called is { Name: "Next", DeclaringType.Name: "IdSource" }).ToList();
        var forwarders = sites.Where(site => IsFirstArgument(site.Call.Previous, site.Method)).Select(site => site.Method.FullName).ToHashSet(StringComparer.Ordinal);
        var direct = sites.Where(site => !forwarders.Contains(site.Method.FullName)).Select(site => (PrefixAt(site.Call, 1), Uses.PlaceOf(site.Method)));
        var forwarded = Calls(types, called => forwarders.Contains(called.FullName)).Select(site => (PrefixAt(site.Call, 16), Uses.PlaceOf(site.Method)));
        return direct.Concat(forwarded);
    }

    private static IEnumerable<(MethodDefinition Method, Instruction Call)> Calls(IEnumerable<TypeDefinition> types, Func<MethodReference, bool> isCalled) =>
        from type in types
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        where instruction.Operand is MethodReference called && isCalled(called)
        select (method, instruction);

    private static bool IsFirstArgument(Instruction? instruction, MethodDefinition method) =>
        instruction?.OpCode.Code == (method.IsStatic ? Code.Ldarg_0 : Code.Ldarg_1);

    // The text that was loaded last before the call, at most so many instructions back.
    private static string PrefixAt(Instruction call, int distance)
    {
        for (var (at, left) = (call.Previous, distance); at is not null && left > 0; (at, left) = (at.Previous, left - 1))
        {
            if (at.OpCode.Code is Code.Ldstr)
            {
                return (string)at.Operand;
            }
        }

        return "?";
    }

    /// <summary>Key-making functions, by the house's name <c>KeyOf</c>, whose keys could be taken for numbers.</summary>
    public static IEnumerable<string> BadKeys(IEnumerable<Type> types) =>
        from maker in Makers(types)
        from sample in (string[])["0123", "a1b2", "7"]
        let argument = Convert.ChangeType(sample == "a1b2" && maker.GetParameters()[0].ParameterType != typeof(string) ? "12" : sample, maker.GetParameters()[0].ParameterType, CultureInfo.InvariantCulture)
        let key = (string)maker.Invoke(null, [argument])!
        where !KeyPattern().IsMatch(key)
        select $"{maker.DeclaringType!.Name}.{maker.Name} makes the key {key}";

    /// <summary>The key-making functions of one argument.</summary>
    public static IEnumerable<MethodInfo> Makers(IEnumerable<Type> types) =>
        from type in types
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        where method.Name is "KeyOf" && method.ReturnType == typeof(string)
            && method.GetParameters() is [{ ParameterType: var parameter }] && (parameter == typeof(string) || parameter == typeof(int))
        select method;

    [GeneratedRegex("^[a-z]+$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex WordPattern();

    [GeneratedRegex("^[a-z]+_.", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex KeyPattern();
}
