namespace KernelBuild.Passthrough;

/// <summary>What a guest did with the function that it was given.</summary>
/// <param name="Kind">network, disk, dma, or driver: for what is none of the others, its driver in the guest took it.</param>
/// <param name="Description">One sentence with the figures.</param>
/// <param name="Works">Whether all of it went well.</param>
public sealed record GuestUse(string Kind, string Description, bool Works);
