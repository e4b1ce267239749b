using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>A turn as it is written: its documents, and its state where it goes with them in one batch.</summary>
/// <param name="Write">What the turn commits beside its state.</param>
/// <param name="State">The state, or null where it is written by other means or not at all.</param>
internal sealed record TurnRows(TurnWrite Write, StateRow? State);

/// <summary>A grain's state for table <c>grain_state</c>, in the layout that Orleans' own provider uses (migration 0001).</summary>
/// <param name="Service">Orleans' service id.</param>
/// <param name="Type">The name of the state.</param>
/// <param name="Key">The grain's key.</param>
/// <param name="Payload">The state as JSON; null where it is cleared.</param>
/// <param name="Version">The version that was read; null for the first write.</param>
internal sealed record StateRow(string Service, string Type, string Key, byte[]? Payload, int? Version);
