namespace KernelBuild.Testing.KernelImages;

/// <summary>The orders and forms that kallsyms has had.</summary>
public enum SyntheticLayout
{
    /// <summary>Before 4.6: whole addresses in front; markers of 8 bytes; labels at multiples of 256.</summary>
    Absolute,

    /// <summary>4.6 to 4.19: distances and base in front; markers of 8 bytes; labels at multiples of 256.</summary>
    BaseInFront,

    /// <summary>4.20 to 6.1: markers of 4 bytes; labels at multiples of 8.</summary>
    NarrowMarkers,

    /// <summary>6.2 and 6.3: seqs_of_names behind the markers.</summary>
    WithSequences,

    /// <summary>6.4 to 6.19: distances and base behind the token index.</summary>
    BaseBehind,

    /// <summary>Since 7.0: distances from the entry itself, no base; labels at multiples of 4.</summary>
    PlaceRelative,
}
