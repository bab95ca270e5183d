using KernelBuild.BootImages.Avb;

namespace KernelBuild.Testing.BootImages;

/// <summary>Keys that sign nothing but tests; making one of 8192 bits takes openssl a minute.</summary>
public static class Keys
{
    public static string PathOf(int bits) =>
        Path.Combine(Repository.Root, "tests", "KernelBuild.BootImages.Tests", "Keys", $"rsa{bits}.pem");

    public static AvbPrivateKey Read(int bits) => AvbPrivateKey.FromPem(File.ReadAllText(PathOf(bits)));
}
