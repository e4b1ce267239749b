using Mono.Cecil;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>
/// Which grain may call which: calls run one way, so that grains which take one request at a time cannot wait for each
/// other for ever. Found by following the code of each grain class, through whatever it calls in its own assembly and the ports
/// that are implemented there, to
/// <c>IGrainFactory.GetGrain</c>.
/// </summary>
internal static class GrainCalls
{
    /// <summary>Every pair "XGrain -> IYGrain"; a target that is known only when it runs is shown as the method that names it.</summary>
    public static IEnumerable<string> Of(IReadOnlyCollection<TypeDefinition> types)
    {
        var methods = types.SelectMany(type => type.Methods).Where(method => method.HasBody).ToDictionary(method => method.FullName, StringComparer.Ordinal);
        var behind = types.SelectMany(type => type.Interfaces.Select(it => (Port: it.InterfaceType.GetElementType() as TypeDefinition, type)))
            .Where(pair => pair.Port is not null && !IsGrainInterface(pair.Port)).ToLookup(pair => pair.Port!.FullName, pair => pair.type, StringComparer.Ordinal);
        var made = types.Where(Compiled.IsCompilerMade).ToDictionary(type => type.FullName, StringComparer.Ordinal);
        return from grain in types
               where IsGrain(grain)
               from target in Targets(grain, methods, made, behind)
               orderby grain.Name, target
               select $"{grain.Name} -> {target}";
    }

    /// <summary>
    /// Calls of grains in code that a turn may run: a port that calls a grain would hide a call between grains. Hosted loops
    /// run beside the turns.
    /// </summary>
    public static IEnumerable<string> OutsideHostedLoops(IEnumerable<TypeDefinition> types) =>
        from type in types
        where Compiled.OutermostOf(type).BaseType?.Name is not "BackgroundService"
        from use in Uses.MembersOf(type)
        where use.Member.Name is "GetGrain"
        select $"{use.Place} calls {use.Member.Name}";

    private static bool IsGrain(TypeDefinition type) =>
        type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Grain", StringComparison.Ordinal);

    private static bool IsGrainInterface(TypeDefinition type) =>
        type.Interfaces.Any(it => it.InterfaceType.Name.StartsWith("IGrain", StringComparison.Ordinal) || (it.InterfaceType is TypeDefinition parent && IsGrainInterface(parent)));

    private static SortedSet<string> Targets(TypeDefinition grain, Dictionary<string, MethodDefinition> methods, Dictionary<string, TypeDefinition> made, ILookup<string, TypeDefinition> behind)
    {
        var targets = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<MethodDefinition>();
        var open = new Queue<MethodDefinition>();
        Enter(grain.Methods);
        for (var parent = BaseOf(grain); parent is not null; parent = BaseOf(parent))
        {
            Enter(parent.Methods);
        }

        while (open.TryDequeue(out var method))
        {
            foreach (var operand in method.Body.Instructions.Select(it => it.Operand).Concat(method.Body.Variables.Select(it => it.VariableType)))
            {
                Follow(operand, method);
            }
        }

        return targets;

        void Follow(object? operand, MethodDefinition from)
        {
            if (operand is MethodReference { Name: "GetGrain" } call)
            {
                targets.Add(call is GenericInstanceMethod generic && generic.GenericArguments[0] is not GenericParameter ? generic.GenericArguments[0].Name : $"any, by {Uses.PlaceOf(from)}");
            }

            if (operand is MethodReference called && methods.TryGetValue(DefinitionOf(called, methods)?.FullName ?? "", out var known))
            {
                Enter([known]);
            }

            // Through a port, into what implements it here.
            if (operand is MethodReference asked)
            {
                Enter(behind[asked.DeclaringType.GetElementType().FullName].SelectMany(type => type.Methods).Where(method => method.Name == asked.Name));
            }

            var owner = operand switch { MethodReference it => it.DeclaringType, FieldReference it => it.DeclaringType, TypeReference it => it, _ => null };
            if (owner is not null && made.TryGetValue(owner.GetElementType().FullName, out var machine))
            {
                Enter(machine.Methods);
            }
        }

        void Enter(IEnumerable<MethodDefinition> next)
        {
            foreach (var method in next.Where(method => method.HasBody && seen.Add(method)))
            {
                open.Enqueue(method);
            }
        }

        TypeDefinition? BaseOf(TypeDefinition type) => type.BaseType?.GetElementType() is TypeDefinition parent ? parent : null;
    }

    // The definition of a method of this assembly, also where it is called on a closed generic type.
    private static MethodDefinition? DefinitionOf(MethodReference called, Dictionary<string, MethodDefinition> types)
    {
        var element = called.GetElementMethod();
        if (types.TryGetValue(element.FullName, out var direct))
        {
            return direct;
        }

        return element.DeclaringType.GetElementType() is TypeDefinition owner
            ? owner.Methods.FirstOrDefault(method => method.HasBody && method.Name == element.Name && method.Parameters.Count == element.Parameters.Count)
            : null;
    }
}
