using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What callers name in <c>quantities</c> and <c>price_overrides</c>: a price code of the subscription's plan, else of the one
/// added plan that has it, or the id of an item.
/// </summary>
internal static class ItemNames
{
    /// <summary>
    /// The same values by the names that <see cref="PendingChange"/> keeps: price codes of the plan, ids of added items.
    /// Refusals: <c>unknown_price</c>, <c>ambiguous_price</c>, <c>named_twice</c>.
    /// </summary>
    /// <param name="given">By the caller's names.</param>
    /// <param name="state">The subscription before the change.</param>
    /// <param name="plan">Its own plan after it.</param>
    /// <param name="isLeftOut">True for a price of that plan which the subscription does not sell.</param>
    /// <param name="field">The field of the request.</param>
    public static Decided<ImmutableSortedDictionary<string, T>> Resolve<T>(
        ImmutableSortedDictionary<string, T> given, SubscriptionState state, PlanVersion plan, Func<string, bool> isLeftOut, string field)
    {
        if (given.IsEmpty)
        {
            return given;
        }

        var resolved = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var place = $"{field}.{name}";
            var key = Resolve(name, state, plan, isLeftOut, place);
            if (key.Refusal is { } refusal)
            {
                return refusal;
            }

            if (!resolved.TryAdd(key.Value, value))
            {
                return Refusal.Rule("named_twice", $"'{name}' names an item that another name gives a value already; name it once.", place);
            }
        }

        return resolved.ToImmutable();
    }

    private static Decided<string> Resolve(string name, SubscriptionState state, PlanVersion plan, Func<string, bool> isLeftOut, string place)
    {
        var byId = state.Items.FirstOrDefault(item => item.Id == name);
        if (byId is { AddOn: true })
        {
            return name;
        }

        var price = byId?.Price ?? name;
        if (plan.Find(price) is not null)
        {
            return isLeftOut(price)
                ? Refusal.Rule("unknown_price", $"Price '{price}' of plan {plan.Code} was taken out of the subscription; bring it back by POST .../items first.", place)
                : price;
        }

        var added = state.Items.Where(item => item.AddOn && item.Price == price).Take(2).ToList();
        return added.Count switch
        {
            1 when byId is null => added[0].Id,
            2 => Refusal.Rule("ambiguous_price", $"Several added plans have a price '{price}'; name the item by its id.", place),
            _ => Refusal.Rule("unknown_price", $"Neither plan {plan.Code} version {plan.Version} nor an added plan has a price '{name}'.", place),
        };
    }
}
