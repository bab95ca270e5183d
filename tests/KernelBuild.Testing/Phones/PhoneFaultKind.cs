namespace KernelBuild.Testing.Phones;

public enum PhoneFaultKind
{
    /// <summary>The cable is cut after so many bytes from the host.</summary>
    CutBytes,

    /// <summary>The power fails while a partition is written.</summary>
    CutWrite,

    /// <summary>The command is carried out, and the answer never arrives.</summary>
    LoseAnswer,

    /// <summary>The device restarts while a partition is written, and is in its bootloader again.</summary>
    Restart,

    /// <summary>The device carries a command out and answers nothing; the connection stays.</summary>
    Hang,
}
