namespace KernelBuild.Reproducibility;

/// <summary>Where differences between two builds of the same inputs come from.</summary>
public static class DifferenceCause
{
    public const string Compiler = "another compiler";
    public const string Configuration = "another configuration";
    public const string BannerTime = "the banner: KBUILD_BUILD_TIMESTAMP, _USER, _HOST or _VERSION";
    public const string Release = "another release: CONFIG_LOCALVERSION, or the version of the source";
    public const string SigningKey = "the key that signs modules: made anew by each build";
    public const string Randstruct = "the seed of RANDSTRUCT: made anew by each build";
    public const string LatentEntropy = "the latent entropy plugin: random numbers of the compiler";
    public const string BtfOrder = "BTF: the same types in another order, as pahole with several jobs gives them";
    public const string BtfContent = "BTF: other types";
    public const string DebugPath = "the build's path in debug information";
    public const string Path = "the build's path in a text of the kernel: __FILE__";
    public const string Time = "a date or time of the build in a text of the kernel: __DATE__, __TIME__";
    public const string BuildId = "the build ID, which follows from the rest";
    public const string Layout = "addresses and tables, which follow from the rest";
    public const string KernelHeaders = "the archive of kernel headers (IKHEADERS): times, owners or order of its files";
    public const string Initramfs = "the initramfs in the kernel: times, owners or order of its files";
    public const string RamdiskTime = "times of files in the ramdisk";
    public const string RamdiskOrder = "the order of files in the ramdisk";
    public const string RamdiskOwner = "owners or modes of files in the ramdisk";
    public const string RamdiskContent = "contents of files in the ramdisk";
    public const string CompressedHeader = "the time or name in a gzip header";
    public const string Compression = "the same content, compressed otherwise";
    public const string BootHeader = "the header of the boot image: command line, version, patch level or id";
    public const string Signature = "the signature of the image: another key, or a random salt";
    public const string Missing = "a file that only one of the builds has";
    public const string Unknown = "not known: no rule names it";

    /// <summary>Whether it is only what another difference brings with it.</summary>
    public static bool Follows(string cause) => cause is BuildId or Layout;
}
