using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>Money is rounded in one file. Elsewhere a decimal loses its digits only where no money is meant, and that is listed.</summary>
internal static class RoundingPlaces
{
    private static readonly string[] Decimals = ["Round", "Floor", "Ceiling", "Truncate", "ToInt64", "ToInt32", "ToUInt64", "ToUInt32"];

    /// <summary>Every "Type: member" that cuts digits off a decimal, each once.</summary>
    public static IEnumerable<string> Of(IEnumerable<TypeDefinition> types) =>
        (from type in types
         from use in Uses.MembersOf(type)
         where Cuts(use.Member)
         select $"{Compiled.OutermostOf(type).FullName}: {use.Member.DeclaringType.Name}.{use.Member.Name}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static bool Cuts(MemberReference member) => member.DeclaringType.FullName switch
    {
        "System.Decimal" => Decimals.Contains(member.Name, StringComparer.Ordinal)
            || (member is MethodReference { Name: "op_Explicit" } conversion && conversion.Parameters[0].ParameterType.FullName is "System.Decimal"),
        "System.Math" => member.Name is "Round" or "Floor" or "Ceiling" or "Truncate",
        _ => false,
    };
}
