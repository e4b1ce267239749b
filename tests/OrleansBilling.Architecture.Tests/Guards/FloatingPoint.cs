using Mono.Cecil;
using Mono.Cecil.Cil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>No double, float or half in Domain and Grains: no field, parameter, local, constant or conversion.</summary>
internal static class FloatingPoint
{
    private static readonly string[] Names = ["System.Double", "System.Single", "System.Half"];
    private static readonly Code[] Codes = [Code.Conv_R4, Code.Conv_R8, Code.Conv_R_Un, Code.Ldc_R4, Code.Ldc_R8];

    /// <summary>The uses, each with its place.</summary>
    public static IEnumerable<string> Uses(IEnumerable<TypeDefinition> types)
    {
        foreach (var type in types)
        {
            foreach (var use in Reading.Uses.TypesOf(type).Where(use => Names.Contains(use.Type.FullName, StringComparer.Ordinal)))
            {
                yield return $"{use.Type.Name} in {use.Place}";
            }

            foreach (var method in type.Methods.Where(method => method.HasBody && method.Body.Instructions.Any(it => Codes.Contains(it.OpCode.Code))))
            {
                yield return $"a floating point number in {Reading.Uses.PlaceOf(method)}";
            }
        }
    }
}
