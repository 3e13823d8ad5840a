package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/**
 * A key and a certificate of its own signing, made by the JDK's {@code keytool}, for servers on this machine.
 *
 * @param keyStore PKCS #12
 * @param pem the certificate, for those who are to trust it
 */
record BrokerCertificate(Path keyStore, String password, String pem) {
    private static final String ALIAS = "broker";

    /** Makes one in the folder; takes about a second. */
    static BrokerCertificate in(Path folder, String password) {
        Path keyStore = folder.resolve("broker.p12");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "2", // Days: it lives as long as a test.
                "-storetype",
                "PKCS12",
                "-keystore",
                keyStore.toString(),
                "-storepass",
                password);
        try {
            Process keytool =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(keytool.getInputStream().readAllBytes());
            int exitCode = keytool.waitFor();
            if (exitCode != 0) {
                throw new IllegalStateException("keytool ended with exit code " + exitCode + ": " + said.strip());
            }
            byte[] certificate = KeyStore.getInstance(keyStore.toFile(), password.toCharArray())
                    .getCertificate(ALIAS)
                    .getEncoded();
            String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate);
            return new BrokerCertificate(
                    keyStore, password, "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("keytool has made a key store that cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while keytool was at work", e);
        }
    }
}
