using System.Reflection;
using Orleans.Runtime;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>A grain's state is found by the name of its state and its key, so one name serves one kind of grain.</summary>
internal static class StateNames
{
    /// <summary>The state names of grain classes.</summary>
    public static IReadOnlyList<StateName> Of(IEnumerable<Type> types) =>
        [.. from type in types
            where type is { IsClass: true, IsAbstract: false }
            from constructor in type.GetConstructors()
            from parameter in constructor.GetParameters()
            let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
            where attribute is not null
            select new StateName(attribute.StateName, attribute.StorageName, type, parameter.ParameterType)];

    /// <summary>Names that two grain classes share, and names without the product's storage.</summary>
    public static IEnumerable<string> Faults(IReadOnlyCollection<StateName> names, string storage)
    {
        foreach (var shared in names.GroupBy(name => name.Name, StringComparer.Ordinal).Where(group => group.Select(name => name.Grain).Distinct().Count() > 1))
        {
            yield return $"state name {shared.Key} is shared by {string.Join(" and ", shared.Select(name => name.Grain.Name))}";
        }

        foreach (var stray in names.Where(name => name.Storage != storage))
        {
            yield return $"{stray.Grain.Name} keeps its state {stray.Name} in {stray.Storage ?? "the default storage"}, not in {storage}";
        }
    }
}

/// <summary>A state of a grain class.</summary>
internal sealed record StateName(string Name, string? Storage, Type Grain, Type Parameter);
