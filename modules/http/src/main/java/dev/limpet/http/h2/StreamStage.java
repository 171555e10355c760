package dev.limpet.http.h2;

import akka.http.impl.engine.http2.FrameEvent;
import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.PassingLogic;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.message.RequestHead;
import dev.limpet.model.settings.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The stage between Akka HTTP's frame parser and its handling of streams: it decodes header blocks,
 * and keeps from Akka HTTP what the protocol does not allow, of which that checks little. What is
 * wrong with one stream ends that stream; the rest, the connection.
 */
final class StreamStage
    extends GraphStage<BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent>> {

  private final Inlet<FrameEvent> fromClient = Inlet.create("Streams.fromClient");
  private final Outlet<FrameEvent> toAkka = Outlet.create("Streams.toAkka");
  private final Inlet<FrameEvent> fromAkka = Inlet.create("Streams.fromAkka");
  private final Outlet<FrameEvent> toClient = Outlet.create("Streams.toClient");
  private final BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent> shape =
      BidiShape.of(fromAkka, toClient, fromClient, toAkka);
  private final Settings.Limits limits;
  private final Http2Client client;

  StreamStage(Settings.Limits limits, Http2Client client) {
    this.limits = limits;
    this.client = client;
  }

  /** The head that a stream's HEADERS carried. */
  static RequestHead head(FrameEvent.ParsedHeadersFrame headers) {
    return (RequestHead) headers.keyValuePairs().head()._2();
  }

  @Override
  public BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends PassingLogic implements Http2Client.Frames {

    private final ClientStreams streams = client.streams();
    private final HeadDecoder decoder = new HeadDecoder(limits);

    /** Runs what others want done, within a turn of this stage. */
    private final AsyncCallback<Runnable> turns = createAsyncCallback(Runnable::run);

    private FrameEvent.@Nullable HeadersFrame begun;
    private ByteString block = ByteString.emptyByteString();

    /** The last stream that Akka HTTP has seen. */
    private int lastForAkka;

    private boolean left;
    private boolean ended;

    Logic() {
      super(shape);
      setHandler(
          fromClient,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              receive(grab(fromClient));
              endIfSpent();
              leaveIfWorn();
            }

            @Override
            public void onUpstreamFinish() {
              complete(toAkka);
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              endConnection(Http2Error.of(cause));
            }
          });
      askThrough(toAkka, fromClient);
      passOn(
          fromAkka,
          toClient,
          frame -> {
            send(frame);
            endIfSpent();
            leaveIfWorn();
          });
      askThrough(toClient, fromAkka);
    }

    @Override
    public void preStart() {
      client.onFrames(this);
      streams
          .outflow()
          .onTooMuch(() -> turns.invoke(() -> cutOff("it does not take what it has asked for")));
    }

    @Override
    public void postStop() {
      streams.outflow().end();
    }

    @Override
    public void interim(FrameEvent.ParsedHeadersFrame headers) {
      turns.invoke(
          () -> {
            if (streams.awaitsResponse(headers.streamId()) && !isClosed(toClient)) {
              emit(toClient, headers);
            }
          });
    }

    @Override
    public void reset(int stream) {
      turns.invoke(() -> giveUp(stream, Http2Error.CANCEL));
    }

    @Override
    public void endTunnel(int stream) {
      turns.invoke(
          () -> {
            if (streams.endTunnel(stream)) {
              doWithoutRest(stream);
            }
          });
    }

    @Override
    public void end(Http2Error error) {
      turns.invoke(() -> endConnection(error));
    }

    @Override
    public void breakOff(int stream, long bytes) {
      streams.breakOff(stream, bytes);
      turns.invoke(() -> endIfBrokenOff(stream));
    }

    private void giveUp(int stream, Http2Error error) {
      if (streams.isOpen(stream) && !isClosed(toClient)) {
        abandon(stream, error);
      }
    }

    private void endIfBrokenOff(int stream) {
      if (streams.hasBrokenOff(stream)) {
        giveUp(stream, Http2Error.INTERNAL_ERROR);
      }
    }

    private void receive(FrameEvent frame) {
      switch (frame) {
        case FrameEvent.HeadersFrame headers -> {
          begun = headers;
          block = headers.headerBlockFragment();
          blockGrew(headers.endHeaders());
        }
        case FrameEvent.ContinuationFrame more -> {
          block = block.concat(more.payload());
          blockGrew(more.endHeaders());
        }
        case FrameEvent.DataFrame data -> {
          int id = data.streamId();
          int size = data.payload().size();
          FrameAction action = streams.data(id, size, data.endStream());
          if (!action.isPass() && size > 0) {
            // Akka HTTP does not see it, so it does not give it back either.
            emit(toClient, new FrameEvent.WindowUpdateFrame(0, size));
          }
          carryOut(action, id, data);
        }
        case FrameEvent.RstStreamFrame reset -> {
          client.cancel(reset.streamId());
          carryOut(streams.reset(reset.streamId()), reset.streamId(), reset);
        }
        case FrameEvent.WindowUpdateFrame update -> widen(update);
        case FrameEvent.SettingsFrame settings ->
            carryOut(Http2Settings.check(settings, streams), 0, Http2Settings.within(settings));
        // We ask for none, and Akka HTTP takes them for an error.
        case FrameEvent.PingFrame ping when ping.ack() -> ask(fromClient);
        default -> emit(toAkka, frame);
      }
    }

    private void endIfSpent() {
      if (streams.resets().isSpent()) {
        cutOff("too many of its requests were reset");
      }
    }

    private void cutOff(String why) {
      if (!ended) {
        client.cutOff(why);
        endConnection(Http2Error.ENHANCE_YOUR_CALM);
      }
    }

    private void leaveIfWorn() {
      if (!left && streams.isWorn()) {
        left = true;
        client.leave();
      }
    }

    private void blockGrew(boolean complete) {
      FrameEvent.HeadersFrame headers = begun;
      if (!complete || headers == null) {
        ask(fromClient);
        return;
      }
      ByteString whole = block;
      block = ByteString.emptyByteString();
      begun = null;
      int id = headers.streamId();
      boolean opens = streams.isNew(id);
      FrameAction action = streams.headers(id, headers.endStream());
      try {
        if (opens) {
          RequestHead head = decoder.request(id, whole, headers.endStream());
          carryOut(streams.announce(id, head), id, parsed(headers, head));
        } else {
          streams.setTrailers(id, decoder.trailers(id, whole));
          carryOut(action, id, parsed(headers, null));
        }
      } catch (MalformedHead e) {
        client.broke(e.error(), String.valueOf(e.getMessage()));
        if (e.endsConnection()) {
          action = FrameAction.endConnection(e.error());
        } else if (action.isPass()) {
          action = FrameAction.endStream(e.error());
        }
        carryOut(action, id, headers);
      }
    }

    private void widen(FrameEvent.WindowUpdateFrame update) {
      int id = update.streamId();
      int increment = update.windowSizeIncrement();
      if (id == 0) {
        carryOut(streams.widen(increment), id, update);
        return;
      }
      FrameAction action = streams.widen(id, increment);
      int owed = streams.owedTo(id, increment);
      carryOut(
          action.isPass() && owed == 0 ? FrameAction.DROP : action,
          id,
          owed == increment ? update : new FrameEvent.WindowUpdateFrame(id, owed));
    }

    private void carryOut(FrameAction action, int stream, FrameEvent frame) {
      switch (action.kind()) {
        case PASS -> {
          lastForAkka = Math.max(lastForAkka, stream);
          emit(toAkka, frame);
        }
        case DROP -> ask(fromClient);
        case END_STREAM -> {
          streams.resets().spend(ResetBudget.MISTAKE);
          client.cancel(stream);
          streams.abandon(stream);
          emit(toClient, resetFrame(stream, action.error()));
          if (stream <= lastForAkka) {
            emit(toAkka, resetFrame(stream, Http2Error.CANCEL));
          } else {
            // A reset of a stream that it has not seen would be an error to Akka HTTP.
            ask(fromClient);
          }
        }
        case END_CONNECTION -> endConnection(action.error());
      }
    }

    private void send(FrameEvent frame) {
      switch (frame) {
        case FrameEvent.ParsedHeadersFrame headers -> {
          emit(toClient, frame);
          if (streams.answered(headers.streamId(), headers.endStream())) {
            doWithoutRest(headers.streamId());
          }
          return;
        }
        case FrameEvent.DataFrame data -> {
          emit(toClient, frame);
          if (streams.sent(data.streamId(), data.payload().size(), data.endStream())) {
            doWithoutRest(data.streamId());
          }
          endIfBrokenOff(data.streamId());
          return;
        }
        case FrameEvent.RstStreamFrame reset -> {
          streams.resets().spend(ResetBudget.CANCEL);
          streams.abandon(reset.streamId());
        }
        case FrameEvent.SettingsFrame settings -> {
          emit(toClient, Http2Settings.offering(settings));
          return;
        }
        case FrameEvent.GoAwayFrame goAway when goAway.errorCode().id() != 0 -> {
          // Akka HTTP says so and goes on.
          emit(toClient, goAway, this::completeStage);
          return;
        }
        default -> {}
      }
      emit(toClient, frame);
    }

    /** The response is complete and the request is not (RFC 9113, 8.1). */
    private void doWithoutRest(int stream) {
      streams.resets().spend(ResetBudget.CANCEL);
      abandon(stream, Http2Error.NO_ERROR);
    }

    private void abandon(int stream, Http2Error error) {
      streams.abandon(stream);
      emit(toClient, resetFrame(stream, error));
      emit(toAkka, resetFrame(stream, Http2Error.CANCEL));
    }

    private void endConnection(Http2Error error) {
      ended = true;
      client.broke(error, "the connection ends");
      cancel(fromClient);
      cancel(fromAkka);
      complete(toAkka);
      emit(
          toClient,
          new FrameEvent.GoAwayFrame(
              Integer.MAX_VALUE, error.ofAkka(), ByteString.emptyByteString()),
          this::completeStage);
    }

    private FrameEvent parsed(FrameEvent.HeadersFrame headers, @Nullable RequestHead head) {
      List<Tuple2<String, Object>> pairs =
          head == null ? List.of() : List.of(new Tuple2<>("", head));
      return new FrameEvent.ParsedHeadersFrame(
          headers.streamId(),
          headers.endStream(),
          CollectionConverters.asScala(pairs).toList(),
          headers.priorityInfo(),
          Option.empty());
    }
  }

  private static FrameEvent resetFrame(int stream, Http2Error error) {
    return new FrameEvent.RstStreamFrame(stream, error.ofAkka());
  }
}
