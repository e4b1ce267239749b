using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Dunning;

/// <summary>A dunning policy. Key: <c>dunning_</c> + code. Immutable once made: open invoices name it.</summary>
[Alias("OrleansBilling.IDunningPolicyGrain")]
public interface IDunningPolicyGrain : IGrainWithStringKey
{
    /// <summary>Makes the policy. 409 <c>dunning_policy_exists</c>; 422 <c>retry_days_invalid</c>.</summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, DunningPolicy policy);
}
