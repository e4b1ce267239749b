using System.Reflection;
using System.Text;
using OrleansBilling.Architecture.Tests.Guards;

namespace OrleansBilling.Architecture.Tests.Contracts;

/// <summary>
/// Writes down what silos of two releases must agree on: interfaces and methods by alias, messages by alias and member
/// number, enums by value, and the JSON members of the domain types that messages carry.
/// </summary>
internal static class GrainContracts
{
    /// <summary>The contracts of grain interfaces, as text for people and for comparison.</summary>
    public static string Write(IReadOnlyCollection<Type> interfaces)
    {
        var text = new StringBuilder();
        foreach (var grain in interfaces)
        {
            var parents = grain.GetInterfaces().Where(parent => parent.Assembly == grain.Assembly).Select(parent => parent.Name);
            Line(text, $"interface {grain.Name} \"{AliasOf(grain)}\" : {string.Join(", ", parents.Append(KeyOf(grain)))}");
            foreach (var method in grain.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))
            {
                var parameters = method.GetParameters().Select(parameter => $"{NameOf(parameter.ParameterType)} {parameter.Name}");
                Line(text, $"  \"{AliasOf(method)}\" {method.Name}({string.Join(", ", parameters)}) -> {NameOf(method.ReturnType)}");
            }
        }

        foreach (var message in Messages.Types(interfaces))
        {
            Line(text, $"{(message.IsEnum ? "enum" : "message")} {message.Name}{(message.IsEnum ? "" : $" \"{AliasOf(message)}\"")}");
            Members(text, message, Messages.MembersOf(message).Where(member => member.Id is not null).OrderBy(member => member.Id).Select(member => $"{member.Id} {member.Name}: {NameOf(member.Type)}"));
        }

        foreach (var carried in Carried(interfaces))
        {
            Line(text, $"{(carried.IsEnum ? "enum" : "carried")} {carried.FullName}");
            Members(text, carried, JsonMembersOf(carried).OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{property.Name}: {NameOf(property.PropertyType)}"));
        }

        return text.ToString();
    }

    private static IEnumerable<Type> Carried(IReadOnlyCollection<Type> interfaces)
    {
        var grains = interfaces.First().Assembly;
        var domain = typeof(Domain.Kernel.Refusal).Assembly;
        var mentioned = Messages.Types(interfaces).SelectMany(type => Messages.MembersOf(type).Select(member => member.Type))
            .Concat(interfaces.SelectMany(it => it.GetMethods()).SelectMany(method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType)))
            .SelectMany(Messages.Parts);
        var found = new HashSet<Type>();
        var open = new Queue<Type>(mentioned.Where(type => type.Assembly == domain && type.Assembly != grains));
        while (open.TryDequeue(out var type))
        {
            if (found.Add(type))
            {
                var next = JsonMembersOf(type).SelectMany(property => Messages.Parts(property.PropertyType)).Concat(domain.GetTypes().Where(it => it.BaseType == type));
                foreach (var part in next.Where(part => part.Assembly == domain))
                {
                    open.Enqueue(part);
                }
            }
        }

        return found.OrderBy(type => type.FullName, StringComparer.Ordinal);
    }

    private static IEnumerable<PropertyInfo> JsonMembersOf(Type type) =>
        type.IsEnum ? [] : type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.SetMethod is not null && property.GetIndexParameters().Length is 0);

    private static void Members(StringBuilder text, Type type, IEnumerable<string> members)
    {
        var values = type.IsEnum ? Enum.GetNames(type).Select(name => $"{Convert.ToInt64(Enum.Parse(type, name), System.Globalization.CultureInfo.InvariantCulture)} {name}") : members;
        foreach (var member in values)
        {
            Line(text, "  " + member);
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? "";

    private static string KeyOf(Type grain) => typeof(IGrainWithStringKey).IsAssignableFrom(grain) ? "string key" : "other key";

    private static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return NameOf(value) + "?";
        }

        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : type.Name;
    }
}
