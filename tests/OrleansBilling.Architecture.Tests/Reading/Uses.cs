using Mono.Cecil;
using Mono.Cecil.Cil;

namespace OrleansBilling.Architecture.Tests.Reading;

/// <summary>Something that a type makes use of.</summary>
/// <param name="Type">The type used, without its generic arguments, which are uses of their own.</param>
/// <param name="Place">Where, for a reader.</param>
internal sealed record Use(TypeReference Type, string Place);

/// <summary>A member that code calls or reads.</summary>
/// <param name="Member">The member.</param>
/// <param name="Place">The method that does.</param>
internal sealed record MemberUse(MemberReference Member, string Place);

/// <summary>Lists what a type uses: in its shape, in its attributes and in its code.</summary>
internal static class Uses
{
    /// <summary>Every type that the given type mentions anywhere.</summary>
    public static IEnumerable<Use> TypesOf(TypeDefinition type)
    {
        var shape = Flatten([type.BaseType, .. type.Interfaces.Select(it => it.InterfaceType), .. AttributesOf(type)]);
        foreach (var used in shape)
        {
            yield return new Use(used, type.FullName);
        }

        foreach (var field in type.Fields)
        {
            foreach (var used in Flatten([field.FieldType, .. AttributesOf(field)]))
            {
                yield return new Use(used, $"{type.FullName}.{field.Name}");
            }
        }

        foreach (var method in type.Methods)
        {
            foreach (var used in Flatten([.. SignatureOf(method), .. AttributesOf(method), .. BodyOf(method)]))
            {
                yield return new Use(used, PlaceOf(method));
            }
        }
    }

    /// <summary>Every method and field that the code of the given type mentions.</summary>
    public static IEnumerable<MemberUse> MembersOf(TypeDefinition type) =>
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        let member = instruction.Operand as MemberReference
        where member is MethodReference or FieldReference
        select new MemberUse(member, PlaceOf(method));

    /// <summary>The name of a method for a reader.</summary>
    public static string PlaceOf(MethodDefinition method) => $"{method.DeclaringType.FullName}.{method.Name}";

    /// <summary>The types in the signature of a method.</summary>
    public static IEnumerable<TypeReference?> SignatureOf(MethodReference method) =>
        [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)];

    /// <summary>The types themselves, of what they are made: elements of arrays, arguments of generics.</summary>
    public static IEnumerable<TypeReference> Flatten(IEnumerable<TypeReference?> types)
    {
        foreach (var type in types)
        {
            switch (type)
            {
                case null or GenericParameter:
                    break;
                case GenericInstanceType generic:
                    foreach (var part in Flatten([generic.ElementType, .. generic.GenericArguments]))
                    {
                        yield return part;
                    }

                    break;
                case IModifierType modifier:
                    foreach (var part in Flatten([modifier.ElementType]))
                    {
                        yield return part;
                    }

                    break;
                case TypeSpecification made:
                    foreach (var part in Flatten([made.ElementType]))
                    {
                        yield return part;
                    }

                    break;
                default:
                    yield return type;
                    break;
            }
        }
    }

    private static IEnumerable<TypeReference?> AttributesOf(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.Select(attribute => attribute.AttributeType)
            .Where(type => type.Namespace is not ("System.Runtime.CompilerServices" or "Microsoft.CodeAnalysis"));

    private static IEnumerable<TypeReference?> BodyOf(MethodDefinition method)
    {
        if (!method.HasBody)
        {
            return [];
        }

        var locals = method.Body.Variables.Select(variable => variable.VariableType);
        var caught = method.Body.ExceptionHandlers.Select(handler => handler.CatchType);
        return [.. locals, .. caught, .. method.Body.Instructions.SelectMany(OperandOf)];
    }

    private static IEnumerable<TypeReference?> OperandOf(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments, .. SignatureOf(method)],
        MethodReference method => [method.DeclaringType, .. SignatureOf(method)],
        _ => [],
    };
}
