namespace OrleansBilling.Grains.Payments;

/// <summary>The gateways that this process knows, by name.</summary>
public sealed class PaymentGateways(IEnumerable<IPaymentGateway> gateways)
{
    private readonly Dictionary<string, IPaymentGateway> _byName = gateways.ToDictionary(gateway => gateway.Name, StringComparer.Ordinal);

    /// <summary>The gateway of a name, or null where it is not set up here.</summary>
    public IPaymentGateway? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The gateway of a name that comes from our own rows.</summary>
    /// <exception cref="InvalidOperationException">It is not set up here: the attempt waits until it is.</exception>
    public IPaymentGateway Of(string name) =>
        Find(name) ?? throw new InvalidOperationException($"The payment gateway '{name}' is not set up in this process.");
}
