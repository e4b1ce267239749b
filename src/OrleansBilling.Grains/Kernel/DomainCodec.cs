using System.Buffers;
using System.Text.Json;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace OrleansBilling.Grains.Kernel;

/// <summary>
/// Lets domain records and NodaTime values travel in Orleans messages although Domain knows nothing of Orleans.
/// </summary>
/// <remarks>
/// Domain records are immutable, so a copy within one process is the instance itself; between processes they are JSON
/// (<see cref="BillingJson"/>). Hot messages keep their own members in generated serialisers and only carry these inside.
/// </remarks>
[Alias(WellKnownAlias)]
internal sealed class DomainCodec : IGeneralizedCodec, IGeneralizedCopier, ITypeFilter
{
    /// <summary>The name of this codec on the wire.</summary>
    public const string WellKnownAlias = "billing-domain";

    private static readonly Type SelfType = typeof(DomainCodec);

    /// <inheritdoc/>
    public bool IsSupportedType(Type type) => type == SelfType || IsOurs(type) && !type.IsEnum && !typeof(Exception).IsAssignableFrom(type);

    /// <inheritdoc/>
    public bool? IsTypeAllowed(Type type) => type == SelfType || IsOurs(type) ? true : null;

    /// <inheritdoc/>
    public object? DeepCopy(object? input, CopyContext context) => input;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, object? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType, SelfType, WireType.TagDelimited);
        var type = value!.GetType();
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeaderExpected(0, WireType.LengthPrefixed);
        writer.Session.TypeCodec.WriteLengthPrefixed(ref writer, type);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type, BillingJson.Options);
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeaderExpected(1, WireType.LengthPrefixed);
        writer.WriteVarUInt32(checked((uint)bytes.Length));
        writer.Write(bytes);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public object? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.IsReference)
        {
            return ReferenceCodec.ReadReference(ref reader, field.FieldType ?? SelfType);
        }

        field.EnsureWireTypeTagDelimited();
        var placeholder = ReferenceCodec.CreateRecordPlaceholder(reader.Session);
        object? result = null;
        Type? type = null;
        uint fieldId = 0;
        while (true)
        {
            var header = reader.ReadFieldHeader();
            if (header.IsEndBaseOrEndObject)
            {
                break;
            }

            fieldId += header.FieldIdDelta;
            ReferenceCodec.MarkValueField(reader.Session);
            switch (fieldId)
            {
                case 0:
                    type = reader.Session.TypeCodec.ReadLengthPrefixed(ref reader);
                    break;
                case 1:
                    var bytes = reader.ReadBytes(reader.ReadVarUInt32());
                    result = JsonSerializer.Deserialize(bytes, type ?? throw new JsonException("The type of a domain value is missing."), BillingJson.Options);
                    break;
                default:
                    reader.ConsumeUnknownField(header);
                    break;
            }
        }

        ReferenceCodec.RecordObject(reader.Session, result, placeholder);
        return result;
    }

    private static bool IsOurs(Type type) =>
        type.Namespace is { } name
        && (name.StartsWith("OrleansBilling.Domain", StringComparison.Ordinal) || name is "NodaTime")
        && !type.IsGenericTypeDefinition;
}
