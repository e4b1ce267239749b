using System.Collections.Immutable;
using System.Reflection;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>What travels between grains: named by alias, so that a renamed class stays the same message, and immutable.</summary>
internal static class Messages
{
    /// <summary>Grain interfaces and methods without alias, and message types without the attributes of one.</summary>
    public static IEnumerable<string> Faults(IReadOnlyCollection<Type> interfaces)
    {
        foreach (var grain in interfaces)
        {
            if (!grain.IsDefined(typeof(AliasAttribute), inherit: false))
            {
                yield return $"{grain.Name} has no alias";
            }

            foreach (var method in grain.GetMethods().Where(method => !method.IsDefined(typeof(AliasAttribute), inherit: false)))
            {
                yield return $"{grain.Name}.{method.Name} has no alias";
            }
        }

        foreach (var message in Types(interfaces).Where(type => !type.IsEnum))
        {
            if (!message.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) || !message.IsDefined(typeof(AliasAttribute), inherit: false) || !message.IsDefined(typeof(ImmutableAttribute), inherit: false))
            {
                yield return $"{message.Name} travels between grains and is not [GenerateSerializer, Alias, Immutable]";
            }

            foreach (var member in MembersOf(message).Where(member => member.Id is null && !member.IsComputed))
            {
                yield return $"{message.Name}.{member.Name} has no [Id] and would be lost on the way";
            }

            foreach (var twice in MembersOf(message).Where(member => member.Id is not null).GroupBy(member => member.Id).Where(group => group.Count() > 1))
            {
                yield return $"{message.Name} has Id {twice.Key} twice";
            }
        }
    }

    /// <summary>The grain interfaces of an assembly.</summary>
    public static IReadOnlyList<Type> InterfacesOf(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type)).OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>The types that travel, as their assembly declares them: those of the interfaces' own assembly.</summary>
    public static IReadOnlyList<Type> Types(IReadOnlyCollection<Type> interfaces) => Reach(interfaces, interfaces.First().Assembly, type => MembersOf(type).Select(member => member.Type));

    /// <summary>Types of one assembly that are reached from the signatures of interfaces, through members.</summary>
    public static IReadOnlyList<Type> Reach(IEnumerable<Type> interfaces, Assembly assembly, Func<Type, IEnumerable<Type>> next)
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(interfaces.SelectMany(it => it.GetMethods()).SelectMany(method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType)));
        while (open.TryDequeue(out var type))
        {
            foreach (var part in Parts(type).Where(part => part.Assembly == assembly && !typeof(IGrain).IsAssignableFrom(part) && found.Add(part)))
            {
                foreach (var member in next(part))
                {
                    open.Enqueue(member);
                }
            }
        }

        return [.. found.OrderBy(type => type.FullName, StringComparer.Ordinal)];
    }

    /// <summary>The instance properties of a message.</summary>
    public static IEnumerable<Member> MembersOf(Type message) =>
        from property in message.IsEnum ? [] : message.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        select new Member(property.Name, property.PropertyType, property.GetCustomAttribute<IdAttribute>()?.Id, property.SetMethod is null);

    /// <summary>A type with what it is made of.</summary>
    public static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];
}

/// <summary>A member of a message.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Id">Its number on the wire, or null.</param>
/// <param name="IsComputed">True where it has no setter and so holds nothing.</param>
internal sealed record Member(string Name, Type Type, uint? Id, bool IsComputed);
