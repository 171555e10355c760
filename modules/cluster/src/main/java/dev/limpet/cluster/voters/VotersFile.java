package dev.limpet.cluster.voters;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.limpet.cluster.disk.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The voters that a node knew last, as a file: where all nodes have stopped, only a majority of
 * these begins the cluster again. One thread at a time.
 */
public final class VotersFile {

  private static final Logger LOG = LoggerFactory.getLogger(VotersFile.class);

  private static final String NAME = "voters.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StoredFile file;

  public VotersFile(Path folder) {
    this.file = new StoredFile(folder.resolve(NAME));
  }

  /** Those in the file; none if it is not there, or cannot be read, which is logged. */
  public Electorate read() {
    try (FileChannel channel = file.open()) {
      return JSON.readValue(Channels.newInputStream(channel), Electorate.class);
    } catch (NoSuchFileException first) {
      LOG.debug("{} is not there yet", file);
    } catch (JacksonException e) {
      LOG.error(
          "{} is damaged: who voted last is known to other nodes only; {}", file, file.putAside());
    } catch (IOException e) {
      LOG.error(
          "cannot read {}: {}; who voted last is known to other nodes only",
          file,
          StoredFile.reason(e));
    }
    return Electorate.NONE;
  }

  public void write(Electorate electorate) throws IOException {
    byte[] content = JSON.writeValueAsBytes(electorate);
    file.replace(
        channel -> {
          ByteBuffer bytes = ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}
