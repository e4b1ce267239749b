using System.Text.Json;
using Orleans.Storage;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Grain state as the product's JSON, for Orleans' storage and for ours: both write the same bytes.</summary>
internal sealed class BillingStateSerializer : IGrainStorageSerializer
{
    /// <summary>The one instance.</summary>
    public static BillingStateSerializer Instance { get; } = new();

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, BillingJson.Options));

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input) =>
        JsonSerializer.Deserialize<T>(input.ToMemory().Span, BillingJson.Options) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");
}
