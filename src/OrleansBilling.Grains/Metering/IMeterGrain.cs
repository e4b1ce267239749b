using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Metering;

/// <summary>A meter. Key: <c>meter_</c> + code. Immutable once made, but for its archiving.</summary>
[Alias("OrleansBilling.IMeterGrain")]
public interface IMeterGrain : IGrainWithStringKey
{
    /// <summary>Makes the meter. 409 <c>meter_exists</c>; those of <see cref="MeterRules"/>.</summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, Meter meter);

    /// <summary>Closes the meter for new prices; its events go on to be counted. 404 <c>meter_not_found</c>.</summary>
    [Alias("Archive")]
    Task<CommandAnswer> Archive(CommandKey key, Instant now);
}
