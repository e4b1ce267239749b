using System.Reflection;
using System.Runtime.CompilerServices;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>
/// Records never change once made. A message's copy within a process is the instance itself, so a record that changed in
/// one grain would change in another.
/// </summary>
internal static class Immutability
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Mutable = [typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(IList<>), typeof(IDictionary<,>), typeof(ISet<>), typeof(ICollection<>)];

    /// <summary>Members of records and structs that can change, or that hold a collection that can.</summary>
    public static IEnumerable<string> Changeable(IEnumerable<Type> types) =>
        from type in types
        where (IsRecord(type) || type is { IsValueType: true, IsEnum: false }) && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        from fault in FaultsOf(type)
        select fault;

    /// <summary>True for record classes, by the clone method that the compiler gives them.</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$", Own | BindingFlags.Public) is not null;

    private static IEnumerable<string> FaultsOf(Type type)
    {
        foreach (var property in type.GetProperties(Own))
        {
            if (property.SetMethod is { } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
            {
                yield return $"{type.FullName}.{property.Name} can be set";
            }

            if (IsMutable(property.PropertyType) && property.GetIndexParameters().Length is 0)
            {
                yield return $"{type.FullName}.{property.Name} is a collection that can change";
            }
        }

        // Fields behind init-only properties of classes are read-only to all but the compiler.
        foreach (var field in type.GetFields(Own).Where(field => !field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute))))
        {
            yield return $"{type.FullName}.{field.Name} can change";
        }
    }

    private static bool IsMutable(Type type) =>
        type.IsArray || (type.IsGenericType && Mutable.Contains(type.GetGenericTypeDefinition()));
}
